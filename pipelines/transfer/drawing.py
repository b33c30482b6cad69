"""A plan as a picture: hosts in columns by how many hops the bytes have gone, links as thick as their share."""

from collections.abc import Mapping
from html import escape

from pipelines.transfer.plan import Hop, Plan
from pipelines.transfer.predict import link_shares

_COLUMN, _ROW, _MARGIN, _RADIUS = 260, 34, 40, 5
_LABEL = 190
"""Room right of the last column."""
_THICKEST = 6.0
Place = tuple[float, float]


def svg(plan: Plan) -> str:
    """The picture as a file of its own: no script, no font, nothing fetched."""
    shares = link_shares(plan.trees)
    places = _places(plan, shares)
    width = max(x for x, _ in places.values()) + _LABEL
    height = max(y for _, y in places.values()) + _MARGIN
    parts = [_link(places, hop, share) for hop, share in shares.items()]
    parts += [_host(plan, name, place) for name, place in places.items()]
    predicted = f"{plan.predicted.seconds:,.1f} s, {plan.predicted.usd:,.2f} USD"
    title = f"{plan.source} to {len(plan.destinations)} hosts: {predicted}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="12">\n'
        f'<title>{escape(title)}</title>\n<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="{_MARGIN}" y="20" font-weight="bold">{escape(title)}</text>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def html(plan: Plan) -> str:
    """The picture in a page."""
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(plan.source)}</title>\n'
        f"<body>\n{svg(plan)}</body></html>\n"
    )


def _places(plan: Plan, shares: Mapping[Hop, float]) -> dict[str, Place]:
    """Where each host stands: column by its mean number of hops, row by name."""
    hops: dict[str, float] = {plan.source: 0.0}
    for tree in plan.trees:
        depth = {plan.source: 0}
        for sender, receiver in tree.edges:
            depth[receiver] = depth[sender] + 1
        for host, steps in depth.items():
            hops[host] = hops.get(host, 0.0) + tree.share * steps
    carried = {host: sum(share for (_, receiver), share in shares.items() if receiver == host) for host in hops}
    columns: dict[int, list[str]] = {}
    for host in sorted(hops):
        column = 0 if host == plan.source else max(1, round(hops[host] / max(carried[host], 1e-12)))
        columns.setdefault(column, []).append(host)
    return {
        host: (_MARGIN + number * _COLUMN, 2.0 * _MARGIN + row * _ROW)
        for number, column in enumerate(sorted(columns))
        for row, host in enumerate(columns[column])
    }


def _link(places: Mapping[str, Place], hop: Hop, share: float) -> str:
    (x1, y1), (x2, y2) = places[hop[0]], places[hop[1]]
    bend = _COLUMN / 2 if x2 > x1 else _COLUMN / 3
    path = f"M{x1:.0f},{y1:.0f} C{x1 + bend:.0f},{y1:.0f} {x2 - bend:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
    says = escape(f"{hop[0]} to {hop[1]}: {share:.1%}")
    width = max(0.5, _THICKEST * share)
    stroke = f'fill="none" stroke="#3a7" stroke-opacity="0.6" stroke-width="{width:.2f}"'
    return f'<path d="{path}" {stroke}><title>{says}</title></path>'


def _host(plan: Plan, name: str, place: Place) -> str:
    color = "#c40" if name == plan.source else "#036" if name in plan.destinations else "#999"
    x, y = place
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{_RADIUS}" fill="{color}"/>'
        f'<text x="{x + 2 * _RADIUS:.0f}" y="{y - _RADIUS:.0f}" fill="{color}">{escape(name)}</text>'
    )
