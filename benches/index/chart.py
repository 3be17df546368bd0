"""Lines over the number of rows, as SVG written by hand: both axes logarithmic."""

import math

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 360, 300, 56, 40, 48
COLOURS = ["#2563eb", "#dc2626", "#059669", "#a16207"]


def decades(least, most):
    return range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)


def label(value):
    if value >= 1_000_000:
        return f"{value / 1_000_000:g} M"
    return f"{value / 1000:g} k" if value >= 1000 else f"{value:g}"


def panel(left, title, unit, lines):
    """`lines` are {name: [(rows, value), …]}."""
    points = [point for line in lines.values() for point in line]
    rows = sorted({row for row, _ in points})
    values = [value for _, value in points]
    tens = decades(min(values), max(values))
    x0, x1 = left + LEFT, left + WIDTH - 24
    y0, y1 = HEIGHT - BOTTOM, TOP

    def across(row):
        if len(rows) == 1:
            return (x0 + x1) / 2
        return x0 + (x1 - x0) * math.log(row / rows[0]) / math.log(rows[-1] / rows[0])

    def up(value):
        return y0 - (y0 - y1) * (math.log10(value) - tens[0]) / (tens[-1] - tens[0])

    out = [f'<text x="{left + LEFT}" y="20" class="title">{title}</text>']
    for ten in tens:
        y = up(10.0**ten)
        out.append(f'<path class="grid" d="M{x0} {y:.1f}H{x1}"/>')
        out.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**ten:g} {unit}</text>')
    for row in rows:
        out.append(f'<text x="{across(row):.1f}" y="{y0 + 16}" text-anchor="middle">{label(row)}</text>')
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across(row):.1f},{up(value):.1f}" for row, value in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for row, value in line:
            out.append(f'<circle cx="{across(row):.1f}" cy="{up(value):.1f}" r="3" fill="{colour}"><title>{name}: '
                       f'{value:.3g} {unit}</title></circle>')
        row, value = line[0]
        out.append(f'<text x="{across(row) + 6:.1f}" y="{up(value) - 7:.1f}" fill="{colour}">{name}</text>')
    return "\n".join(out)


def chart(panels):
    """`panels` are (title, unit, lines)."""
    width = WIDTH * len(panels)
    drawn = "\n".join(panel(WIDTH * number, *parts) for number, parts in enumerate(panels))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}">
<style>text {{ font: 11px sans-serif; fill: #444 }} .title {{ font-weight: bold }} .grid {{ stroke: #ddd }}</style>
<rect width="{width}" height="{HEIGHT}" fill="#fff"/>
{drawn}
<text x="{width / 2}" y="{HEIGHT - 8}" text-anchor="middle">documents</text>
</svg>
"""
