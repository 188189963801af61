"""Makes han.txt: which Chinese characters, traditional, simplified or Japanese, count as one in a search.

A program for developers, run when OpenCC has a new release: `pip install opencc` and `python -m db.search.han`. The
tables are OpenCC's (https://github.com/BYVoid/OpenCC, Apache License 2.0); nothing of it is needed at run time.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "data" / "han.txt"
_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))
_HEADER = """\
# One character in a search: the first of each line stands for all of it.
# From OpenCC {version} (https://github.com/BYVoid/OpenCC), Apache License 2.0: Japanese to traditional to simplified.
"""


def main() -> None:
    """The file stands as OpenCC has the characters now."""
    import opencc

    to_traditional, to_simplified = opencc.OpenCC("jp2t"), opencc.OpenCC("t2s")
    groups: dict[str, str] = {}
    for first, last in _BLOCKS:
        for number in range(first, last + 1):
            character = chr(number)
            target = _settled(character, to_traditional, to_simplified)
            if target != character:
                groups[target] = groups.get(target, "") + character
    lines = (f"{target}{others}\n" for target, others in sorted(groups.items()))
    FILE.write_text(_HEADER.format(version=opencc.__version__) + "".join(lines), encoding="utf-8")
    sys.stdout.write(f"{FILE}: {sum(map(len, groups.values())):,} characters count as {len(groups):,}\n")


def _settled(character: str, to_traditional: Any, to_simplified: Any) -> str:
    """What the character becomes when converted until nothing changes any more."""
    seen = [character]
    while (after := to_simplified.convert(to_traditional.convert(seen[-1]))) not in seen and len(after) == 1:
        seen.append(after)
    return min(seen[seen.index(after) :]) if after in seen else seen[-1]


if __name__ == "__main__":
    main()
