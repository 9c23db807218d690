"""The claim check with what was learnt: `python -m services.router_worker.claims.learning` learns once."""

from collections.abc import Iterator
from pathlib import Path

from services.router_worker.claims.check import ClaimCheck
from services.router_worker.claims.examples import read_examples
from services.router_worker.claims.learnt import LearntPromises, learn
from services.router_worker.settings import RouterSettings
from services.shared.sentences.kept_arrays import KeptArrays
from services.shared.settings import load_settings


def build_claim_check(*, cache: Path) -> ClaimCheck:
    """What is learnt is kept in the folder `cache`: learning takes most of a minute."""
    kept = KeptArrays(cache)
    return ClaimCheck(LearntPromises(kept.array("claims", _sources(), lambda: learn(read_examples()))))


def _sources() -> Iterator[str]:
    """Whatever changes what is learnt: the examples, and how they are read."""
    folder = Path(__file__).parent
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in {".py", ".txt", ".yaml"})
    return (path.read_text(encoding="utf-8") for path in files)


if __name__ == "__main__":
    build_claim_check(cache=load_settings(RouterSettings).cache_dir)
