"""Puts into dictionaries and takes out of them, beside lists that hold the same. Runs in CPython as well."""


def filter():
    d = {}
    ref = []
    x = 12345
    keys = []
    model = []  # list of (k, v), the slow way
    for step in range(6000):
        x = (x * 1103515245 + 12345) % 2147483648
        k = x // 7 % 60
        key = k if k % 3 == 0 else "s%d" % k if k % 3 == 1 else (k, "t")
        op = x // 1000 % 10
        i = next((i for i, e in enumerate(model) if e[0] == key), -1)
        if op < 6:
            d[key] = step
            if i >= 0: model[i] = (key, step)
            else: model.append((key, step))
        elif op < 9:
            v = d.pop(key, None)
            assert v == (model[i][1] if i >= 0 else None)
            if i >= 0: model.pop(i)
        elif op == 9 and step % 500 == 499:
            d = d.copy()
        if step % 100 == 0:
            assert list(d.items()) == model, step
            if d and step % 300 == 0:
                assert d.popitem() == model.pop()
        assert len(d) == len(model)
        assert (key in d) == any(e[0] == key for e in model)
    big = {i * 31: i for i in range(5000)}
    assert list(big) == [i * 31 for i in range(5000)]
    for i in range(0, 5000, 2): del big[i * 31]
    assert list(big.values()) == list(range(1, 5000, 2))
    assert all(big.get(i * 31) == (i if i % 2 else None) for i in range(5000))
    big.clear(); big["a"] = 1
    assert big == {"a": 1}
    try:
        {}[[1]] = 2
        assert False
    except TypeError: pass
    return "as the model"
