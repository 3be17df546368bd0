"""
Filter

@quidditch.udf name=a version=1.0.0 tags="b, c"
@quidditch.param x: str - Text
    and more
@quidditch.returns bool - True
"""
# @udf: license=MIT
def filter(x: str, y: Optional[int] = -0x2, *, z: float | None = 1_0.5e3, w="a\x41" 'b') -> bool:
    r'''Own'''
    return f"{x}"
