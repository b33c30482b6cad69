"""Rates: how many bits a second trees can carry together, and how many there can be at all.

`rate_bound`  what no plan can exceed, found without looking at trees
`capacities`  everything that a tree can fill
`packing`     the trees of the greatest rate, by column generation
`mutual`      the same written down, for hosts that only uplinks and downlinks limit
`tradeoff`    rate against price
"""
