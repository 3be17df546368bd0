"""
Keeps documents whose string field is at most max_distance edits (Levenshtein, by code points) away from a target.
The UDF string_distance, in Python.

@quidditch.udf name=string_distance_python version=1.0.0 category=text tags=levenshtein,fuzzy,similarity,filter
    author="Quidditch contributors" license=PostgreSQL
@quidditch.param field: str - Path of the string field; documents without it, or where it is no string, are excluded
@quidditch.param target: str - The text to compare with
@quidditch.param max_distance: int - The most insertions, deletions and replacements; negative excludes everything
@quidditch.returns bool - Whether the distance is at most max_distance
"""


def within(a, b, limit):
    """Whether two lists are at most limit edits apart: row by row of the table of distances between their beginnings,
    computing only the cells within limit of its diagonal."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > limit:
        return False
    # What both begin with needs no edit.
    start = 0
    while start < len(a) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    if not a:
        return True
    width = len(a)
    limit = min(limit, len(b))
    far = limit + 1
    row = [min(j, far) for j in range(width + 1)]
    i = 0
    for character in b:
        i += 1
        first = i - limit if i > limit else 1
        last = i + limit if i + limit < width else width
        diagonal = row[first - 1]
        left = row[first - 1] = i if first == 1 else far
        least = far
        # The cell above the band's last one is as far as it was in the beginning.
        for j in range(first, last + 1):
            above = row[j]
            if a[j - 1] == character:
                value = diagonal
            else:
                value = diagonal if diagonal < left else left
                value = (above if above < value else value) + 1
            diagonal = above
            row[j] = left = value
            if value < least:
                least = value
        if least > limit:
            return False
    return row[width] <= limit


def filter(field: str, target: str, max_distance: int = 2) -> bool:
    text = get_field_string(field)
    if text is None or max_distance < 0 or abs(len(text) - len(target)) > max_distance:
        return False
    return within(list(text), list(target), max_distance)
