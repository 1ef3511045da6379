"""Reading packs without git: each family of deltas once, from its base on.

`index` says where the entries of a pack begin, `forest` which entry rests on which, and `walk` yields the contents. The
formats are those of gitformat-pack(5). Whatever is not as that page says is left to git, see `shares`.
"""
