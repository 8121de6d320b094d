"""What a page does with the exported numbers, formula by formula, in the order of the arithmetic."""

from __future__ import annotations

from collections.abc import Mapping

FORMULAS: Mapping[str, str] = {
    "indices": (
        "j lever, v driver, t year counted from 0, one draw at a time; numbers of a draw come from the arrays."
    ),
    "funded": "a[j,t] = min(amount[j,t], capacity[j]); no capacity: a = amount.",
    "arrived": "b[j,t] = a[j,t - lag[j]] for t >= lag[j], else 0.",
    "coverage": "c[j,t] = min(b[j,t] / reach[j], 1).",
    "share": (
        "additive: 1; over the levers i of j's group: random (1 - prod(1 - c[i,t])) / sum c[i,t], nested max "
        "c[i,t] / sum c[i,t]; 1 where b[j,t] = 0."
    ),
    "programme": "P[v,t] = sum over levers j of v: gain[j] * b[j,t] * share[j,t].",
    "level_flow": "x[t] = base[t] * (1 + push * P[t]).",
    "level_stock": (
        "K[t] = (1 - depreciation) * K[t-1] + flow[t], K[-1] = stock; D[t] = (1 - depreciation) * D[t-1] + "
        "push * P[t] * flow[t], D[-1] = 0; x[t] = base[t] * (1 + D[t] / K[t])."
    ),
    "level_posts": (
        "r = (1 - attrition) * S[t-1]; S[t] = r + filling * max(push * P[t] * base[t] - r, 0), S[-1] = 0; "
        "x[t] = base[t] + S[t]."
    ),
    "level_assets": (
        "g = 1 + commissioning - disposal; n[t] = max((1 - decay) / g * n[t-1], push * P[t]), n[-1] = 0; m[t] ="
        " max((1 - disposal) / g * m[t-1], (1 - replacement) * push * P[t]), m[-1] = 0; k[t] = min(1 - (base[t]"
        " + apart) / 100, 1); x[t] = max(base[t] - 100 * (min((k[t] + n[t]) / (1 + m[t]), 1) - k[t]), 0), "
        "base[t] where n[t] = 0."
    ),
    "change": (
        "d[t] = ln(x[t] / base[t]) if logs, else x[t] - base[t]; with decreasing returns theta and logs also "
        "- theta * (ln(max(x[t], knee) / knee) - ln(max(base[t], knee) / knee)); no knee: nothing. 0 where x "
        "= base."
    ),
    "observed": (
        "o[t] = base[t] * (1 + push * P[t]) for flow and stock, else x[t]; z[t] = ln(o[t] / base[t]) if logs,"
        " else o[t] - base[t]."
    ),
    "outside": (
        "s = z[t] - z[t - window] (0 before year 0); h = (-s / fall if s < 0 else s / rise) - 1; l = max(o[t]"
        " - max(high, base[t]), min(low, base[t]) - o[t]) / (high - low); q[t] = max(h, l, 0); 0 if d[t] = 0."
    ),
    "response": "w[t] = (mean_elasticity + (elasticity - mean_elasticity) * (1 + q[t])) * d[t].",
    "effect": (
        "lag weights: u[t] = sum over k <= t of weights[k] * w[t - k]; persistent: u[t] = persistence * "
        "u[t-1] + (1 - persistence) * w[t], u[-1] = 0."
    ),
    "mining": (
        "levers of path mining: lambda = 1 - 0.1 ** (1 / lag[j]); m[j,t] = m[j,t-1] + lambda * (a[j,t] - "
        "m[j,t-1]), m[j,-1] = 0; the share of mining falls by p[t] = sum of gain[j] * m[j,t]; u[t] = "
        "-mining_slope * p[t]."
    ),
    "treated": (
        "levers of path treated: g[t] = (sum of b[j,t] / 100 * gain[j] * min(max(direct[j], -y0[t]), 100 - "
        "y0[t])) * 100 / max(sum of b[j,t] * gain[j], 100); s = y0[t] / 100, r = min(max(s + g[t] / 100, 1e-9), 1 -"
        " 1e-9); u[t] = ln(r / (1 - r)) - ln(s / (1 - s)), 0 if g = 0 or y0 is 0 or 100."
    ),
    "together": (
        "U[t] = sum of u over drivers, mining and treated + synergy_sd * synergy * (sum over pairs v < w of "
        "drivers of u[v,t] * u[w,t]) / (sum of |u| over drivers), the last term 0 where the sum of |u| is 0."
    ),
    "outcome": (
        "y[t] = 100 / (1 + exp(-(ln(y0[t] / (100 - y0[t])) + U[t]))), y0 = outcome; y0[t] where U[t] = 0 or "
        "y0[t] is 0 or 100."
    ),
    "price_path": (
        "first, where a path p of the price is set: w[k] = (scale(p[k]) - mean[k]) / spread[k] over its years k; "
        "step[k] = sum over i of inverse[k,i] * (w[i] - price.apart[i]); a variable c of slopes (the outcome, or "
        "component.c) becomes c'[t] = float32(back(scale(c[t]) + sum over k of step[k] * slopes[c][k,t])), each on its "
        "own scale of scales: log: scale(c) = ln(c + offset), back(s) = max(exp(s) - offset, 0); logit: scale(c) = "
        "ln((c + offset) / (100 - c + offset)), back(s) = (100 + 2 * offset) / (1 + exp(-s)) - offset, held between 0 "
        "and 100; identity: itself. Then y0 = outcome', base[t] is multiplied by (c'[t] / c[t]) ** power for each of a "
        "driver's components, and a stock's flow[t] by that ratio for the component of power 1."
    ),
    "part": (
        "of lever j in the last year: the mean over draws of sum over nodes x with weights w of six-point "
        "Gauss-Legendre of w / 2 * (y(at + h * a_j) - y(at - h * a_j)) / (2 * h), at = (x + 1) / 2 * a, h = 1e-4, a "
        "the funded amounts and a_j those of j alone; draw by draw, what their sum lacks of y - y0 is shared in "
        "proportion to |part|; a lever alone brings all of it."
    ),
    "quantile": "linear between order statistics: at p of n sorted draws, position (n - 1) * p.",
}
