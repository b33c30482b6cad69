"""Trees in weighted digraphs, which know nothing of bytes: a weight for each (sender, receiver), infinite for no link.

`spanning_tree`  the classical model of links that weigh the same both ways: Kruskal, Prim
`arborescence`   Chu-Liu/Edmonds
`shortest`       paths between all hosts
`steiner`        the lightest tree to a few destinations, exactly
`dual_ascent`    a light tree to many, and how light one can be
`trees`          trees as tuples of links: pruned, ordered, weighed
`arrays`         types
"""
