"""Makes model.onnx: python3 -m venv v && v/bin/pip install scikit-learn onnx && v/bin/python train.py"""
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

# Handwritten digits of 8 by 8 pixels, UCI "Optical Recognition of Handwritten Digits", CC BY 4.0:
# https://archive.ics.uci.edu/dataset/80
digits = load_digits()
train, test, train_labels, test_labels = train_test_split(
    (digits.data / 16).astype(np.float32), digits.target, test_size=0.25, random_state=0
)
net = MLPClassifier((32,), alpha=0.05, max_iter=500, random_state=0).fit(train, train_labels)
print(f"{net.score(test, test_labels):.3f} of {len(test)} digits that it has not seen are right")

weights = {
    name: array.astype(np.float32)
    for name, array in zip(("w1", "w2", "b1", "b2"), net.coefs_ + net.intercepts_)
}
node = helper.make_node
graph = helper.make_graph(
    [
        node("Flatten", ["image"], ["pixels"]),
        node("Gemm", ["pixels", "w1", "b1"], ["hidden"]),
        node("Relu", ["hidden"], ["active"]),
        node("Gemm", ["active", "w2", "b2"], ["scores"]),
        node("Softmax", ["scores"], ["probabilities"], axis=1),
    ],
    "digits",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
    [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
    [numpy_helper.from_array(array, name) for name, array in weights.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
checker.check_model(model)
save(model, "model.onnx")
