"""Runs the tests on every mutant: `python -m tests.faults.mutants`; 1 where one survives."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.mutants import PatchError, apply, copy_tree, find_passing, list_mutants


def main() -> int:
    """Print a line for each mutant."""
    parser = argparse.ArgumentParser(prog="tests.faults.mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these")
    only = parser.parse_args().only
    survivors = 0
    for mutant in list_mutants():
        if only and mutant.name not in only:
            continue
        with tempfile.TemporaryDirectory(prefix="juncture-mutant-") as folder:
            tree = Path(folder) / "tree"
            copy_tree(tree)
            try:
                apply(mutant, tree)
            except PatchError as error:
                told = [str(error)]
            else:
                told = [f"passes all the same: {test}" for test in find_passing(mutant, tree)]
        survivors += bool(told)
        sys.stdout.write(f"{'SURVIVES' if told else 'killed  '} {mutant.name}: {mutant.what}\n")
        sys.stdout.writelines(f"         {line}\n" for line in told)
        sys.stdout.flush()
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
