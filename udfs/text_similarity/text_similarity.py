"""
Keeps documents whose text field is at most threshold edits away from a query,
with upper and lower case alike. An edit inserts, deletes or replaces a character.

@quidditch.udf name=text_similarity version=1.0.0 category=text tags=similarity,fuzzy
    author="Quidditch contributors" license=PostgreSQL
@quidditch.param query: str - The text to compare with
@quidditch.param threshold: int - The most edits; negative excludes everything
@quidditch.param field: str - Path of the text field; documents without it, or where it is no string, are excluded
@quidditch.returns bool - Whether the field is near enough
"""


def levenshtein(a, b, limit):
    """The edits between a and b, or limit + 1 where there are more."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > limit:
        return limit + 1
    # A row of the table: from b's beginning to each beginning of a.
    row = list(range(len(a) + 1))
    for i, character in enumerate(b):
        diagonal = i
        row[0] = least = i + 1
        for j, other in enumerate(a):
            replaced = diagonal + (character != other)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            least = min(least, row[j + 1])
        if least > limit:
            return limit + 1
    return row[-1]


def filter(query: str, threshold: int = 2, field: str = "title") -> bool:
    text = get_field_string(field)
    if text is None or threshold < 0:
        return False
    return levenshtein(text.lower(), query.lower(), threshold) <= threshold
