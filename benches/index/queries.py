"""Queries like people's, drawn from the collection's own texts: always the same ones for the same collection."""

import json
import random
import re

WORD = re.compile(r"[a-z]{3,}")
# Who searches leaves these out, and no index here has them.
STOP_WORDS = frozenset("""
    about above after again against all and any are because been before being below between both but can could did does
    doing don down during each few for from further had has have having her here hers herself him himself his how into its
    itself just more most must myself nor not now off once only other our ours ourselves out over own same shall she should
    some such than that the their theirs them themselves then there these they this those through too under until upon
    very was were what when where which while who whom why will with within would you your yours yourself yourselves may
    also one two use used using ain aren couldn didn doesn hadn hasn haven isn mightn mustn needn shan shouldn wasn weren
    won wouldn""".split())


def drawn(texts, count, seed):
    """For 1 to 8 words, so many lists of different words, each list of one text and in its order; and phrases of two
    and three words that follow each other."""
    rng = random.Random(seed)
    texts = list(texts)
    words = {}
    for length in range(1, 9):
        found = []
        while len(found) < count:
            text = rng.choice(texts).lower()
            distinct = list(dict.fromkeys(word for word in WORD.findall(text) if word not in STOP_WORDS))
            if len(distinct) >= length:
                places = sorted(rng.sample(range(len(distinct)), length))
                found.append([distinct[place] for place in places])
        words[length] = found
    phrases = []
    while len(phrases) < count:
        text = rng.choice(texts).lower()
        length = 2 + len(phrases) % 2
        runs = re.findall(rf"(?<![\w-])[a-z]{{3,}}(?: [a-z]{{3,}}){{{length - 1}}}(?![\w-])", text)
        runs = [run.split() for run in runs]
        runs = [run for run in runs if not STOP_WORDS.intersection(run)]
        if runs:
            phrases.append(rng.choice(runs))
    return words, phrases


def match(field, words, kind):
    """As a clause, analyzed as the index that the planner finds says."""
    text = " ".join(words)
    if kind == "phrase":
        return {"match_phrase": {field: text}}
    return {"match": {field: {"query": text, "operator": "and"} if kind == "all" else text}}


def tsquery(words, kind):
    """As an expression of SQL."""
    joint = {"any": " | ", "all": " & ", "phrase": " <-> "}[kind]
    return f"to_tsquery('english', '{joint.join(words)}')"


def counted(table, clause):
    """How many rows match, as SQL."""
    return f"SELECT count(*) FROM {table} WHERE doc @@@ $j${json.dumps(clause)}$j$"


def ranked(table, clause):
    """The ten best rows, as SQL."""
    query = json.dumps(clause)
    return f"SELECT id FROM {table} WHERE doc @@@ $j${query}$j$ ORDER BY doc <@> $j${query}$j$ LIMIT 10"
