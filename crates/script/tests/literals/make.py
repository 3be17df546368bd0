"""Makes python.tsv: Python's literals and what ast.literal_eval makes of them, both as JSON.

Run with python3 (3.11 made the file). Floats are written by repr, so they keep all their digits.
"""
import ast, json, os, warnings
warnings.simplefilter("ignore")
literals = r'''
'' "" '"' "'" 'a"b' "it's" """a""" \'\'\'it's\'\'\' """a"b""" """a""b""" "é" 'größe 日本 😀' u'a' U"b"
'\\' '\'' "\"" '\a\b\f\n\r\t\v' '\x41' '\xe9' '\u00e9' '\U0001F600' '\101' '\7' '\77' '\777' '\400' '\08' '\18' '\0011'
'\q' '\d+\.' '\ ' '\8' '\9' '\u00e9x' 'a\\nb' '\\x41' r'\n' R"\d+" r'\'' r"\"" r'a\\' rb'x' 'a' 'tab	inside'
'\x4' '\u12' '\N{BULLET}' '\ud83d' '\ud83d\ude00' '\U00110000'
'a''b' 'a' "b" r'\n'
0 1 -1 +1 00 0_0 1_000_000 0x0 0xff 0XFF 0x_f_f 0o17 0O7 0b101 0B1_0 -0x10 9223372036854775807 -9223372036854775808
123456789012345678901234567890 0xffffffffffffffffffff
0.0 -0.0 1.0 1. .5 -.5 1e5 1E5 1e+5 1e-5 1_0.0_1 1_0e1_0 3.141592653589793 0.1 1e308 5e-324 2.2250738585072014e-308 123456789.123456789
9007199254740993.0 1e22 1e23 True False None (1) ((-1)) ('a') (True)
'''.replace("\\'\\'\\'", "'''").strip("\n")
out = []
def tokens():
    # A literal each, separated by blanks that no literal of the list has outside quotes.
    for line in literals.split("\n"):
        item, quote = "", None
        i = 0
        while i < len(line):
            if quote is None and line[i] == " ":
                if item: yield item
                item = ""; i += 1; continue
            if quote is None and line[i] in "'\"":
                quote = line[i:i+3] if line[i:i+3] in ("'''", '"""') else line[i]
                item += quote; i += len(quote); continue
            if quote and line[i] == "\\":
                item += line[i:i+2]; i += 2; continue
            if quote and line.startswith(quote, i):
                item += quote; i += len(quote); quote = None; continue
            item += line[i]; i += 1
        if item: yield item
more = ["r'''\\'x'''", 'r"""\\"\n"""', "r'\\\\'", "r'\\ '", "'a' \"b\"", "('a'\n 'b')", "'''a\nb'''", "'a\\\nb'", "r'''a\\\nb'''", "'a' r'\\n' u'c'", "- 1", "- 1.5", "(\n1\n)", "'''\n'''", "'\\\n'"]
for literal in list(tokens()) + more:
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        continue
    if isinstance(value, bytes): shown = "none"
    elif isinstance(value, str):
        try: value.encode(); shown = json.dumps(value)
        except UnicodeEncodeError: shown = "none"
        if "\\N" in literal: shown = "none"
    elif isinstance(value, bool): shown = json.dumps(value)
    elif value is None: shown = "null"
    elif isinstance(value, int): shown = f"int {value}"
    else: shown = f"float {value!r}"
    out.append(f"{json.dumps(literal)}\t{shown}\n")
open(os.path.join(os.path.dirname(__file__), "python.tsv"), "w").writelines(out)
