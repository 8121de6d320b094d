"""The naive growth model drawn by numpyro whenever a line arrives: python numpyro_growth.py data.npz draws.npz.

The first run compiles and does not count. After each further one it writes the draws of the model's unconstrained
values, by name and (chain, draw, …), and prints the seconds of one core that they took, warm-up included.
"""

import sys
import time

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
import numpyro.infer  # noqa: E402
from naive_growth import naive_model  # noqa: E402
from pymc.sampling.jax import get_jaxified_logp  # noqa: E402

given = dict(np.load(sys.argv[1]))
chains, tune, draws, seed = (int(given.pop(name)) for name in ("chains", "tune", "draws", "seed"))
model = naive_model(given)
names = [variable.name for variable in model.value_vars]
minus_logp = get_jaxified_logp(model, negative_logp=False)
kernel = numpyro.infer.NUTS(potential_fn=minus_logp, target_accept_prob=0.8)
sampler = numpyro.infer.MCMC(
    kernel, num_warmup=tune, num_samples=draws, num_chains=chains, chain_method="sequential", progress_bar=False
)
start = [np.asarray(value, dtype=float) for value in model.initial_point().values()]


def run(number: int) -> float:
    """Draw once from starts of its own; return the seconds."""
    rng = np.random.default_rng(number)
    jittered = [value + rng.uniform(-1.0, 1.0, (chains, *value.shape)) for value in start]
    started = time.process_time()
    sampler.run(jax.random.PRNGKey(number), init_params=jittered)
    found = jax.block_until_ready(sampler.get_samples(group_by_chain=True))
    seconds = time.process_time() - started
    np.savez(sys.argv[2], **{name: np.asarray(value) for name, value in zip(names, found, strict=True)})
    return seconds


run(seed)
print("ready", flush=True)
for number, _ in enumerate(sys.stdin, start=seed + 1):
    print(f"{run(number):.9f}", flush=True)
