"""What a web process imports must not bring scipy and scikit-learn with it."""

import subprocess
import sys

import pytest

LIGHT = ["agents", "artifact", "blend", "content", "explain", "ids", "preferences", "rank", "types"]


@pytest.mark.parametrize("name", LIGHT)
def test_a_module_for_the_web_needs_numpy_alone(name: str) -> None:
    look = f"import sys, recommender.engine.{name}; print(*{{'scipy', 'sklearn'}} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
        == "\n"
    )
