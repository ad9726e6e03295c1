"""Networks: what is learnt with JAX, and answers with numpy alone.

A network's score is written once, in operations that numpy and JAX share; `training` is the only module that imports
JAX, and only `Network.fit` imports it.
"""
