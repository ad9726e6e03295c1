"""Neural networks. They are trained with JAX and predict with numpy.

A network's score is written once, in operations that numpy and JAX share. `training` is the only module that
imports JAX, and only `Network.fit` imports `training`.
"""
