"""Where does each method come from, and which outside result is it held against? The register that the report shows.

Docstrings say the same; `tests/panel/test_references.py` holds the two together, and fails for a method without entry.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A method with its source and what it is held against.

    Attributes
    ----------
    method : as its user types it: a text for `fit`, or a function with its option.
    source : publications, separated by semicolons.
    held_against : programs, tables or formulas, and in brackets the tests that do it.
    """

    method: str
    source: str
    held_against: str


ESTIMATORS = (
    Reference("pooled", "Wooldridge (2010, Econometric Analysis, 7.8)",
        "R's lm on Petersen's data and linearmodels 7.1's PooledOLS (tests/panel/test_published.py, test_peers.py)"),
    Reference("between", "Baltagi (2021, Econometric Analysis of Panel Data, 2.3)",
        "linearmodels 7.1's BetweenOLS (tests/panel/test_peers.py)"),
    Reference("fe",
        "Baltagi (2021, Econometric Analysis of Panel Data, 2.2 and 3.2); "
        "Wansbeek & Kapteyn (1989, J. Econometrics 41)",
        "plm, linearmodels 7.1 and pyfixest 0.60 (tests/panel/test_published.py, test_peers.py)"),
    Reference("re", "Swamy & Arora (1972, Econometrica 40); Baltagi & Chang (1994, J. Econometrics 62)",
        "plm 2.6-2 in 12 cases, linearmodels 7.1 (tests/panel/test_random_effects.py, test_peers.py)"),
    Reference("re:wallace-hussain",
        "Wallace & Hussain (1969, Econometrica 37); Baltagi & Chang (1994, J. Econometrics 62)",
        "plm 2.6-2 in 12 cases (tests/panel/test_random_effects.py)"),
    Reference("re:amemiya",
        "Amemiya (1971, International Economic Review 12); Wansbeek & Kapteyn (1989, J. Econometrics 41)",
        "plm 2.6-2 in 12 cases (tests/panel/test_random_effects.py)"),
    Reference("re:nerlove", "Nerlove (1971, Econometrica 39)",
        "plm 2.6-2 in 10 cases and R's regressions on dummies in 2 (tests/panel/test_random_effects.py)"),
    Reference("mundlak", "Mundlak (1978, Econometrica 46); Wooldridge (2019, J. Econometrics 211)",
        "linearmodels 7.1, the within coefficients (tests/panel/test_peers.py, test_estimators.py)"),
    Reference("fd", "Wooldridge (2010, Econometric Analysis, 10.6)",
        "linearmodels 7.1's FirstDifferenceOLS (tests/panel/test_peers.py)"),
    Reference("fd:5", "Griliches & Hausman (1986, J. Econometrics 31)",
        "differences by hand (tests/panel/test_estimators.py)"),
    Reference("cce", "Pesaran (2006, Econometrica 74, eq. 65)",
        "plm's pcce on Munnell's data (tests/panel/test_published.py)"),
    Reference("gmm-diff",
        "Arellano & Bond (1991, Review of Economic Studies 58); Windmeijer (2005, J. Econometrics 126)",
        "Arellano & Bond's Table 4, Windmeijer's Table 2, plm 2.6-2 in 8 cases and pyxtabond2 0.0.4 on the UK firms "
        "(tests/panel/test_gmm.py)"),
    Reference("gmm-system:collapse",
        "Blundell & Bond (1998, J. Econometrics 87); Roodman (2009, Stata Journal 9)",
        "plm 2.6-2 and pyxtabond2 0.0.4 on the UK firms, 5 cases each (tests/panel/test_gmm.py)"),
    Reference("lsdvc",
        "Kiviet (1995, J. Econometrics 68); Bun & Kiviet (2003, Economics Letters 79); "
        "Bruno (2005, Economics Letters 87)",
        "simulated biases and panels (tests/panel/test_lsdvc.py)"),
    Reference("hpj",
        "Dhaene & Jochmans (2015, Review of Economic Studies 82); "
        "Chudik, Pesaran & Yang (2018, J. Applied Econometrics 33)",
        "within regressions of halves cut by hand and simulated panels (tests/panel/test_half_panel.py)"),
    Reference("mean-group", "Pesaran & Smith (1995, J. Econometrics 68)",
        "plm 2.6-2's pmg on Munnell's data, complete and thinned (tests/panel/test_heterogeneous.py)"),
    Reference("cce-mean-group", "Pesaran (2006, Econometrica 74)",
        "plm 2.6-2's pmg and pcce on Munnell's data, complete and thinned (tests/panel/test_heterogeneous.py)"),
    Reference("dynamic-cce:2:jackknife", "Chudik & Pesaran (2015, J. Econometrics 188)",
        "regressions with the averages written out and simulated biases (tests/panel/test_heterogeneous.py)"),
    Reference("swamy", "Swamy (1970, Econometrica 38)",
        "plm 2.6-2's pvcm on Munnell's data, complete and thinned (tests/panel/test_heterogeneous.py)"),
    Reference("pmg", "Pesaran, Shin & Smith (1999, JASA 94)",
        "a general maximiser of the whole likelihood, its information written out and simulated panels "
        "(tests/panel/test_pooled_mean_group.py)"),
    Reference("interactive:2:corrected", "Bai (2009, Econometrica 77); Moon & Weidner (2015, Econometrica 83)",
        "a general minimiser, StatsPAI 1.40.2, Bai's formulas written out and simulated biases "
        "(tests/panel/test_interactive.py)"),
    Reference("interactive:ic2", "Bai & Ng (2002, Econometrica 70)",
        "the criteria written out and simulated panels (tests/panel/test_interactive.py)"),
    Reference("interactive:er", "Ahn & Horenstein (2013, Econometrica 81)",
        "the criteria written out and simulated panels (tests/panel/test_interactive.py)"),
    Reference("slx", "Halleck Vega & Elhorst (2015, J. Regional Science 55)",
        "R's lm with dummies on Munnell's data (tests/panel/test_spatial.py)"),
    Reference("sar", "Elhorst (2014, Spatial Econometrics, 3.3)",
        "spatialreg 1.2-6 and spreg 1.9 on Munnell's data (tests/panel/test_spatial.py)"),
    Reference("sem", "Elhorst (2014, Spatial Econometrics, 3.3)",
        "spatialreg 1.2-6 and spreg 1.9 on Munnell's data (tests/panel/test_spatial.py)"),
    Reference("sdm", "Elhorst (2014, Spatial Econometrics, 3.3)",
        "spatialreg 1.2-6 on Munnell's data (tests/panel/test_spatial.py)"),
    Reference("sdm:lee-yu", "Lee & Yu (2010, J. Econometrics 154)",
        "spatialreg 1.2-6 on contrasts of Munnell's data (tests/panel/test_spatial.py)"),
    Reference("fama-macbeth", "Fama & MacBeth (1973, J. Political Economy 81)",
        "Petersen's page and linearmodels 7.1's FamaMacBeth (tests/panel/test_estimators.py)"),
    Reference("hausman-taylor:x+z", "Hausman & Taylor (1981, Econometrica 49)",
        "plm 2.6-2 in 3 cases and Stata's table, as recalled (tests/panel/test_hausman_taylor.py)"),
    Reference("amemiya-macurdy:x+z", "Amemiya & MaCurdy (1986, Econometrica 54)",
        "plm 2.6-2 on the Cornwell–Rupert wages (tests/panel/test_hausman_taylor.py)"),
    Reference("fractional-logit:100",
        "Papke & Wooldridge (1996, J. Applied Econometrics 11); Papke & Wooldridge (2008, J. Econometrics 145); "
        "Wooldridge (2019, J. Econometrics 211)",
        "R's glm(quasibinomial) with sandwich 3.0.2, statsmodels' GLM and the leaf blotch of McCullagh & Nelder "
        "(tests/panel/test_fractional.py)"),
)  # fmt: skip
INFERENCES = (
    Reference("iid", "Wooldridge (2010, Econometric Analysis, 4.2)",
        "R's lm on Petersen's data and plm on Grunfeld's (tests/panel/test_published.py)"),
    Reference("hc0", "White (1980, Econometrica 48)",
        "R's sandwich, statsmodels on dummies (tests/panel/test_published.py, test_inference.py)"),
    Reference("hc1", "MacKinnon & White (1985, J. Econometrics 29)",
        "R's sandwich, statsmodels on dummies (tests/panel/test_published.py, test_inference.py)"),
    Reference("hc2", "MacKinnon & White (1985, J. Econometrics 29)",
        "statsmodels on regressions with dummies (tests/panel/test_inference.py)"),
    Reference("hc3", "MacKinnon & White (1985, J. Econometrics 29)",
        "statsmodels on regressions with dummies (tests/panel/test_inference.py)"),
    Reference("cluster:region:CR0",
        "Liang & Zeger (1986, Biometrika 73); Arellano (1987, Oxford Bulletin of Economics and Statistics 49)",
        "R's clubSandwich 0.5 (tests/panel/test_published.py, test_inference.py)"),
    Reference("cluster:region:CR1", "Cameron & Miller (2015, J. Human Resources 50)",
        "R's clubSandwich on Grunfeld's data (tests/panel/test_published.py)"),
    Reference("cluster:region:CR1S", "Cameron & Miller (2015, J. Human Resources 50)",
        "R's sandwich on Petersen's data and pyfixest 0.60 on Grunfeld's (tests/panel/test_published.py)"),
    Reference("cluster:region:CR2",
        "Bell & McCaffrey (2002, Survey Methodology 28); Pustejovsky & Tipton (2018, JBES 36)",
        "R's clubSandwich 0.5, degrees of freedom too (tests/panel/test_published.py, test_inference.py)"),
    Reference("cluster:region:CR3", "Bell & McCaffrey (2002, Survey Methodology 28)",
        "R's clubSandwich 0.5 and refits with each cluster left out (tests/panel/test_published.py, "
        "test_inference.py)"),
    Reference("cluster:region:CV3", "MacKinnon, Nielsen & Webb (2023, J. Applied Econometrics 38)",
        "refits with each cluster left out (tests/panel/test_inference.py)"),
    Reference("cluster:region+year", "Cameron, Gelbach & Miller (2011, JBES 29)",
        "R's sandwich on Petersen's data and the figures of his page (tests/panel/test_published.py)"),
    Reference("cluster:region+year:CR1S:min", "Cameron, Gelbach & Miller (2011, JBES 29)",
        "pyfixest 0.60 on Petersen's data (tests/panel/test_published.py)"),
    Reference("dk", "Driscoll & Kraay (1998, Review of Economics and Statistics 80); Hoechle (2007, Stata Journal 7)",
        "plm's vcovSCC on Grunfeld's data, five lags (tests/panel/test_published.py)"),
    Reference("dk:auto:CR1S",
        "Driscoll & Kraay (1998, Review of Economics and Statistics 80); Hoechle (2007, Stata Journal 7)",
        "pyfixest 0.60 on Grunfeld's data (tests/panel/test_published.py)"),
    Reference("conley:500km", "Conley (1999, J. Econometrics 92)",
        "sums over all pairs of rows, HC0 and Driscoll–Kraay at the ends of the radius (tests/panel/test_conley.py)"),
    Reference("conley:500km:3", "Conley (1999, J. Econometrics 92); Hsiang (2010, PNAS 107)",
        "sums over all pairs of rows (tests/panel/test_conley.py)"),
    Reference("conley:500km:3:bartlett", "Conley (1999, J. Econometrics 92); Hsiang (2010, PNAS 107)",
        "sums over all pairs of rows (tests/panel/test_conley.py)"),
    Reference("conley:500km:all", "Conley (1999, J. Econometrics 92)",
        "sums over all pairs of rows, CR0 at a radius of nothing (tests/panel/test_conley.py)"),
    Reference("heterogeneous", "Pesaran (2006, Econometrica 74, eq. 67 to 69)",
        "plm's pcce on Munnell's data (tests/panel/test_published.py)"),
    Reference("windmeijer", "Windmeijer (2005, J. Econometrics 126)",
        "his Table 2 and plm 2.6-2 on the UK firms (tests/panel/test_gmm.py)"),
    Reference("efficient", "Arellano & Bond (1991, Review of Economic Studies 58)",
        "their Table 4 and plm 2.6-2 on the UK firms (tests/panel/test_gmm.py)"),
    Reference("bootstrap", "Gonçalves & Kilian (2004, J. Econometrics 123)",
        "the spread of estimates over simulated panels (tests/panel/test_lsdvc.py)"),
    Reference("bootstrap:100:normal", "Bruno (2005, Economics Letters 87); Kiviet & Bun (2001, J. Econometrics 102)",
        "the spread of estimates over simulated panels (tests/panel/test_lsdvc.py)"),
    Reference("own", "Swamy (1970, Econometrica 38); Pesaran, Shin & Smith (1999, JASA 94)",
        "plm 2.6-2's pvcm and the information matrix written out "
        "(tests/panel/test_heterogeneous.py, test_pooled_mean_group.py)"),
    Reference("wild:region",
        "Cameron, Gelbach & Miller (2008, Review of Economics and Statistics 90); "
        "Roodman, MacKinnon, Nielsen & Webb (2019, Stata Journal 19)",
        "Stata's boottest, regressions of resampled outcomes (tests/panel/test_published.py, test_inference.py)"),
    Reference("wild:region:webb",
        "Roodman, MacKinnon, Nielsen & Webb (2019, Stata Journal 19); Webb (2023, Canadian J. Economics 56)",
        "regressions of resampled outcomes (tests/panel/test_inference.py)"),
)  # fmt: skip
TESTS = (
    Reference("hausman", "Hausman (1978, Econometrica 46)",
        "plm 2.6-2's phtest in 8 one-way cases (tests/panel/test_hausman.py, test_published.py)"),
    Reference("auxiliary_test", "Hausman (1978, Econometrica 46)",
        "plm 2.6-2's phtest(method=\"aux\") on balanced panels, its regression written out on others "
        "(tests/panel/test_hausman.py)"),
    Reference("mundlak_test",
        "Mundlak (1978, Econometrica 46); Arellano (1993, J. Econometrics 59); "
        "Wooldridge (2010, Econometric Analysis, 10.7.3)",
        "linearmodels 7.1's clustered RandomEffects (tests/panel/test_peers.py)"),
    Reference('cross_section_test(…, "CD")',
        "Pesaran (2004, CESifo Working Paper 1229); Pesaran (2015, Econometric Reviews 34)",
        "plm 2.6-2's pcdtest on Grunfeld's data (tests/panel/test_diagnostics.py)"),
    Reference('cross_section_test(…, "robust CD")', "Baltagi, Kao & Peng (2016, Econometrics 4)",
        "simulated rejections (tests/panel/test_diagnostics_simulated.py)"),
    Reference('cross_section_test(…, "CDw")', "Juodis & Reese (2022, JBES 40)",
        "sums over pairs written out and simulated rejections (tests/panel/test_diagnostics_simulated.py)"),
    Reference('cross_section_test(…, "CDw+")', "Juodis & Reese (2022, JBES 40)",
        "sums over pairs written out and simulated rejections (tests/panel/test_diagnostics_simulated.py)"),
    Reference('cross_section_test(…, "LM")', "Breusch & Pagan (1980, REStud 47)",
        "plm 2.6-2's pcdtest on Grunfeld's data (tests/panel/test_diagnostics.py)"),
    Reference('cross_section_test(…, "scaled LM")', "Pesaran (2004, CESifo Working Paper 1229)",
        "plm 2.6-2's pcdtest on Grunfeld's data (tests/panel/test_diagnostics.py)"),
    Reference('cross_section_test(…, "bias-corrected LM")', "Baltagi, Feng & Kao (2012, J. Econometrics 170)",
        "plm 2.6-2's pcdtest on Grunfeld's data (tests/panel/test_diagnostics.py)"),
    Reference("wooldridge_first_difference",
        "Wooldridge (2010, Econometric Analysis, 10.6.3); Drukker (2003, Stata Journal 3)",
        "plm 2.6-2's pwfdtest on Grunfeld's and Munnell's data (tests/panel/test_diagnostics.py)"),
    Reference("wooldridge_within", "Wooldridge (2010, Econometric Analysis, 10.5.4)",
        "plm 2.6-2's pwartest, dense matrices (tests/panel/test_diagnostics.py, test_diagnostics_simulated.py)"),
    Reference("breusch_godfrey", "Breusch (1978, Australian Economic Papers 17); Godfrey (1978, Econometrica 46)",
        "plm 2.6-2's pbgtest and residuals lagged by hand (tests/panel/test_diagnostics.py)"),
    Reference('born_breitung(…, "LM*")', "Born & Breitung (2016, Econometric Reviews 35)",
        "the formula written out and simulated rejections (tests/panel/test_diagnostics_simulated.py)"),
    Reference('born_breitung(…, "HR")', "Born & Breitung (2016, Econometric Reviews 35)",
        "the formula written out and simulated rejections (tests/panel/test_diagnostics_simulated.py)"),
    Reference('durbin_watson(…, "BNF")',
        "Bhargava, Franzini & Narendranathan (1982, REStud 49); Durbin & Watson (1950, Biometrika 37)",
        "plm 2.6-2's pbnftest and lmtest 0.9-40's dwtest (tests/panel/test_diagnostics.py)"),
    Reference('durbin_watson(…, "LBI")',
        "Baltagi & Wu (1999, Econometric Theory 15); Durbin & Watson (1950, Biometrika 37)",
        "plm 2.6-2's pbnftest and moments by dense matrices (tests/panel/test_diagnostics.py)"),
    Reference('groupwise_heteroskedasticity(…, "paired Levene")',
        "Levene (1960, Contributions to Probability and Statistics)",
        "R's anova (tests/panel/test_diagnostics.py)"),
    Reference('groupwise_heteroskedasticity(…, "modified Wald")',
        "Greene (2000, Econometric Analysis, pp. 597–598); Baum (2001, Stata Journal 1)",
        "the formula written in R (tests/panel/test_diagnostics.py)"),
    Reference('groupwise_heteroskedasticity(…, "likelihood ratio")',
        "Greene (2000, Econometric Analysis, pp. 597–598)",
        "the formula written in R (tests/panel/test_diagnostics.py)"),
    Reference('groupwise_heteroskedasticity(…, "Koenker")',
        "Koenker (1981, J. Econometrics 17); Breusch & Pagan (1979, Econometrica 47)",
        "lmtest 0.9-40's bptest (tests/panel/test_diagnostics.py)"),
    Reference('groupwise_heteroskedasticity(…, "Levene")', "Brown & Forsythe (1974, JASA 69)",
        "car 3.1-1's leveneTest (tests/panel/test_diagnostics.py)"),
    Reference("poolability", "Chow (1960, Econometrica 28); Baltagi (2021, Econometric Analysis of Panel Data, 4.1)",
        "plm 2.6-2's pooltest and R's anova (tests/panel/test_diagnostics.py)"),
    *(
        Reference(f'slope_homogeneity(…, "{statistic}")', source,
            "loops over regions written out and simulated rejections (tests/panel/test_homogeneity.py)")
        for statistic, source in (
            ("adjusted",
                "Pesaran & Yamagata (2008, J. Econometrics 142); Bersvendsen & Ditzen (2021, Stata Journal 21)"),
            ("unadjusted", "Pesaran & Yamagata (2008, J. Econometrics 142)"),
            ("HAC", "Blomquist & Westerlund (2013, Economics Letters 121)"),
        )
    ),
    Reference("break_test",
        "Andrews (1993, Econometrica 61); Bai & Perron (1998, Econometrica 66); "
        "Cameron, Gelbach & Miller (2008, Review of Economics and Statistics 90)",
        "regressions with interactions of resampled outcomes and simulated rejections (tests/panel/test_breaks.py)"),
    *(
        Reference(f'unit_root_test(…, "{test}")', source,
            "plm 2.6-2's purtest on Grunfeld's data and simulated rejections (tests/panel/test_unit_roots.py)")
        for test, source in (
            ("IPS", "Im, Pesaran & Shin (2003, J. Econometrics 115)"),
            ("LLC", "Levin, Lin & Chu (2002, J. Econometrics 108)"),
            ("Maddala-Wu",
                "Maddala & Wu (1999, Oxford Bulletin of Economics and Statistics 61); MacKinnon (1994, JBES 12)"),
            ("Pm", "Choi (2001, J. International Money and Finance 20)"),
            ("inverse normal", "Choi (2001, J. International Money and Finance 20)"),
            ("logit", "Choi (2001, J. International Money and Finance 20)"),
            ("Hadri", "Hadri (2000, Econometrics Journal 3)"),
        )
    ),
    Reference("cips_test", "Pesaran (2007, J. Applied Econometrics 22)",
        "plm 2.6-2's cipstest, critical values as recalled, simulated rejections (tests/panel/test_cips.py)"),
    *(
        Reference(f'westerlund_test(…, "{statistic}")',
            "Westerlund (2007, Oxford Bulletin of Economics and Statistics 69)",
            "regressions written out, simulated rejections, for Gt the package Westerlund 0.1.2 "
            "(tests/panel/test_cointegration.py)")
        for statistic in ("Gt", "Ga", "Pt", "Pa")
    ),
    *(
        Reference(f'granger_test(…, "{statistic}")',
            "Dumitrescu & Hurlin (2012, Economic Modelling 29); Lopez & Weber (2017, Stata Journal 17)",
            "plm 2.6-2's pgrangertest on Grunfeld's data and simulated rejections (tests/panel/test_granger.py)")
        for statistic in ("Ztilde", "Zbar")
    ),
    Reference("era_stability", "Wooldridge (2010, Econometric Analysis, 10.5)",
        "R's lm with clubSandwich 0.5-8's Wald_test (tests/panel/test_diagnostics.py)"),
    Reference("leave_one_out", "Belsley, Kuh & Welsch (1980, Regression Diagnostics, 2)",
        "refits one by one and CR3 as their jackknife (tests/panel/test_diagnostics_influence.py)"),
    Reference("hansen",
        "Hansen (1982, Econometrica 50); Roodman (2009, Oxford Bulletin of Economics and Statistics 71)",
        "plm 2.6-2 and pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py)"),
    Reference('sargan(…, "arellano-bond")',
        "Sargan (1958, Econometrica 26); Arellano & Bond (1991, Review of Economic Studies 58)",
        "Arellano & Bond's Table 4 (tests/panel/test_gmm.py)"),
    Reference('sargan(…, "xtabond2")', "Sargan (1958, Econometrica 26)",
        "pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py)"),
    Reference('sargan(…, "plm")', "Sargan (1958, Econometrica 26)",
        "plm 2.6-2's sargan on the UK firms (tests/panel/test_gmm.py)"),
    Reference("difference_in_hansen",
        "Eichenbaum, Hansen & Singleton (1988, Quarterly J. Economics 103); Roodman (2009, Stata Journal 9)",
        "pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py)"),
    Reference("arellano_bond", "Arellano & Bond (1991, Review of Economic Studies 58)",
        "their Table 4, plm 2.6-2's mtest and pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py)"),
    Reference("instrument_counts", "Roodman (2009, Stata Journal 9)",
        "plm 2.6-2 and pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py)"),
    Reference("what_tests_tell",
        "Roodman (2009, Oxford Bulletin of Economics and Statistics 71); "
        "Arellano & Bond (1991, Review of Economic Studies 58)",
        "simulated moments and errors with known correlation (tests/panel/test_instrument_counts.py)"),
    Reference("permutation_test",
        "Kennedy (1995, JBES 13); Winkler, Ridgway, Webster, Smith & Nichols (2014, NeuroImage 92); "
        "DiCiccio & Romano (2017, JASA 112); "
        "Phipson & Smyth (2010, Statistical Applications in Genetics and Molecular Biology 9)",
        "a refit for each exchange, and its size on 300 panels (tests/panel/test_permutation.py)"),
    Reference("minimum_detectable_effects", "Bloom (1995, Evaluation Review 19)",
        "R's power.t.test(strict = TRUE) (tests/panel/test_diagnostics.py)"),
    Reference("power_at",
        "Cohen (1988, Statistical Power Analysis, 2); Hoenig & Heisey (2001, American Statistician 55)",
        "R's power.t.test(strict = TRUE) (tests/panel/test_diagnostics.py)"),
    Reference("smallest_effects",
        "Schuirmann (1987, J. Pharmacokinetics and Biopharmaceutics 15); "
        "Lakens (2017, Social Psychological and Personality Science 8)",
        "cases with known readings (tests/panel/test_diagnostics.py)"),
    Reference('spatial_dependence(…, "LM lag")',
        "Anselin (1988, Spatial Econometrics, 8); Debarsy & Ertur (2010, Regional Science and Urban Economics 40)",
        "spdep 1.2-7's lm.LMtests on Munnell's data (tests/panel/test_spatial.py)"),
    Reference('spatial_dependence(…, "LM error")',
        "Moran (1950, Biometrika 37); Anselin (1988, Spatial Econometrics, 8); "
        "Debarsy & Ertur (2010, Regional Science and Urban Economics 40)",
        "spdep 1.2-7's lm.LMtests and moran on Munnell's data (tests/panel/test_spatial.py)"),
    Reference('spatial_dependence(…, "robust LM lag")',
        "Anselin, Bera, Florax & Yoon (1996, Regional Science and Urban Economics 26)",
        "spdep 1.2-7's lm.LMtests on Munnell's data (tests/panel/test_spatial.py)"),
    Reference('spatial_dependence(…, "robust LM error")',
        "Anselin, Bera, Florax & Yoon (1996, Regional Science and Urban Economics 26)",
        "spdep 1.2-7's lm.LMtests on Munnell's data (tests/panel/test_spatial.py)"),
    Reference("spatial_effects", "LeSage & Pace (2009, Introduction to Spatial Econometrics, 2.7)",
        "spatialreg 1.2-6's impacts, numerical derivatives (tests/panel/test_spatial_effects.py)"),
    Reference("spillover_map", "LeSage & Pace (2009, Introduction to Spatial Econometrics, 2.7)",
        "dense matrices and sums of powers of W (tests/panel/test_spatial_effects.py)"),
    Reference("spillover_intervals", "LeSage & Pace (2009, Introduction to Spatial Econometrics, 2.7)",
        "numerical derivatives of dense matrices (tests/panel/test_spatial_effects.py)"),
    Reference("marginal_effects",
        "Wooldridge (2010, Econometric Analysis, 2.2.5); Papke & Wooldridge (2008, J. Econometrics 145); "
        "Duan (1983, JASA 78)",
        "statsmodels, numerical derivatives (tests/panel/test_margins.py, test_fractional.py)"),
)  # fmt: skip
REFERENCES = (*ESTIMATORS, *INFERENCES, *TESTS)
