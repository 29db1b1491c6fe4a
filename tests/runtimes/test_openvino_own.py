"""Networks in files of others: their weights are read as floats, whatever they are kept as."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from likewise.runtimes._openvino_own import OwnNetwork, _read


def test_integer_weights_become_floats(tmp_path: Path) -> None:
    given = ops.parameter([1, 8], np.float32, name="x")
    whole = np.random.default_rng(0).integers(-127, 128, (8, 4)).astype(np.int8)
    weight = ops.multiply(ops.convert(ops.constant(whole), np.float32), ops.constant(np.float32(0.01)))
    ov.save_model(ov.Model([ops.matmul(given, weight, False, False)], [given], "m"), tmp_path / "m.xml", False)
    kinds = [
        node.get_element_type() for node in _read(tmp_path / "m.xml").get_ops() if node.get_type_name() == "Constant"
    ]
    assert ov.Type.i8 not in kinds
    values = np.random.default_rng(1).standard_normal((1, 8)).astype(np.float32)
    found = OwnNetwork(tmp_path / "m.xml", None, [0]).run(values)[0]
    np.testing.assert_allclose(found, values @ (whole * np.float32(0.01)), rtol=1e-5)
