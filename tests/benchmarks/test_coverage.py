"""The simulation of the intervals: its yardstick is exact, and its tables say what was drawn."""

import numpy as np
import pytest
from scipy.special import betaln

from benchmarks import coverage
from benchmarks.candidates import exact


def test_at_its_borders_the_mixture_outweighs_the_share_by_one_over_alpha():
    counts, totals = np.array([3.0, 204.0]), np.array([40.0, 1000.0])
    for border in exact(counts, totals, 0.05):
        likelihood = counts * np.log(border) + (totals - counts) * np.log1p(-border)
        ratio = np.exp(betaln(1 + counts, 1 + totals - counts) - likelihood)
        assert ratio == pytest.approx([20, 20], rel=1e-6)


def test_a_promise_is_judged_where_it_is_kept_worst():
    assert not coverage._everywhere({"median": 0.02, "min": 0.01, "max": 0.06}, 0.05)["met"]


def test_a_small_run_fills_every_cell(monkeypatch, tmp_path):
    monkeypatch.setattr(coverage, "DRAWS", 200)
    monkeypatch.setattr(coverage, "EXPERIMENTS", 20)
    monkeypatch.setattr(coverage, "SIZES", (100,))
    monkeypatch.setattr(coverage, "SHARES", (0.1, 0.5))
    found = coverage.run(tmp_path)
    assert all(
        0.88 <= each["min"] <= 1 for label, each in found["figures"].items() if label.startswith("coverage")
    )
    assert found["figures"]["false alarms, sequence, 1:1, 56 days"]["met"]
    rows = [note for note in found["notes"] if note.startswith("|")]
    assert len(rows) == 2 * 2 + 3 + 2 * 3 * 2
    assert {row.count("|") for row in rows} == {4}
