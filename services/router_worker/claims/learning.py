"""The claim check with what was learnt: `python -m services.router_worker.claims.learning` learns once."""

from pathlib import Path

from services.router_worker.claims.check import ClaimCheck
from services.router_worker.claims.examples import example_lines, read_examples
from services.router_worker.claims.learnt import LearntPromises, learn
from services.router_worker.settings import RouterSettings
from services.shared.sentences.kept_arrays import KeptArrays
from services.shared.settings import load_settings


def build_claim_check(*, cache: Path) -> ClaimCheck:
    """What is learnt is kept in the folder `cache`: learning takes ten seconds."""
    kept = KeptArrays(cache)
    return ClaimCheck(LearntPromises(kept.array("claims", example_lines(), lambda: learn(read_examples()))))


if __name__ == "__main__":
    build_claim_check(cache=load_settings(RouterSettings).cache_dir)
