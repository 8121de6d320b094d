"""How much does a driver move the outcome, once designs, biases and published effects are put together?"""
