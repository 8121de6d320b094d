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
        "x[t] = base[t] * (1 + sum over s <= t of response[t,s] * P[s]); response is packed by rows: (0,0), "
        "(1,0), (1,1), (2,0), ..."
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
    "quantile": "linear between order statistics: at p of n sorted draws, position (n - 1) * p.",
}
