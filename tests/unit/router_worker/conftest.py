from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where classifiers keep what they learn, which takes seconds."""
    return tmp_path_factory.mktemp("learnt")
