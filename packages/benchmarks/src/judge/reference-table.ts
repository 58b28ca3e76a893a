/**
 * The figures of judge.md sections 4.2 to 4.5 that the benchmark is held against: what JUDGE, RATIO and EXCEED, and
 * the incumbents that are simulated here as well, did in the study that the judge was chosen by. Kept as the rows of
 * text they were published as, so that they can be compared by eye.
 */

/** A detection cell as published: median seconds to rollback (null: never), mean harm, missed part (0 to 1). */
export interface ReferenceCell {
  readonly medianSeconds: number | null;
  readonly harm: number;
  readonly missed: number;
}

/** One row: what was simulated, and the published figures by method. */
export interface ReferenceRow<Figure> {
  readonly kind: string;
  readonly requestsPerSecond: number;
  readonly share: number;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** False rollbacks in per cent, error metric, 10,000 rollouts each (4.2). */
export const ERROR_NULL_REFERENCE: readonly ReferenceRow<number>[] = readRows(
  ['argo95', 'argo998', 'flagger', 'ratio', 'judge'],
  Number,
  `
0.1% | 1 | 5% | 0.18 | 0.18 | 0.10 | 0.03 | 0.04
0.1% | 1 | 25% | 0.00 | 0.00 | 0.00 | 0.01 | 0.03
0.1% | 1 | 75% | 0.00 | 0.09 | 0.03 | 0.00 | 0.06
0.1% | 10 | 5% | 0.00 | 0.02 | 0.01 | 0.15 | 0.10
0.1% | 10 | 25% | 0.00 | 2.15 | 0.00 | 0.29 | 0.20
0.1% | 10 | 75% | 0.00 | 24.99 | 0.00 | 0.16 | 0.10
0.1% | 100 | 5% | 0.00 | 11.62 | 0.00 | 0.36 | 0.29
0.1% | 100 | 25% | 0.00 | 1.83 | 0.00 | 0.47 | 0.32
0.1% | 100 | 75% | 0.00 | 0.01 | 0.00 | 0.62 | 0.33
0.1% | 1000 | 5% | 0.00 | 0.23 | 0.00 | 0.49 | 0.39
0.1% | 1000 | 25% | 0.00 | 0.00 | 0.00 | 0.50 | 0.36
0.1% | 1000 | 75% | 0.00 | 0.00 | 0.00 | 0.71 | 0.41
`,
);

/** Detection of a candidate error rate against a baseline of 0.1 %, 2,000 rollouts each (4.3). */
export const ERROR_REFERENCE: readonly ReferenceRow<ReferenceCell>[] = readRows(
  ['argo95', 'argo998', 'flagger', 'ratio', 'judge'],
  readCell,
  `
0.2% | 1 | 5% | never · 0.2 | never · 0.2 | never · 0.2 | never · 0.2 | never · 0.2
0.2% | 1 | 25% | never · 0.9 | never · 0.9 | never · 0.9 | never · 0.9 | never · 0.9
0.2% | 1 | 75% | never · 2.7 | 240 s · 2.7 · 99% | 840 s · 2.7 · 99% | never · 2.7 | 905 s · 2.7 · 100%
0.2% | 10 | 5% | never · 1.9 | never · 1.9 | never · 1.9 | 1114 s · 1.9 · 98% | 765 s · 1.8 · 99%
0.2% | 10 | 25% | never · 9.0 | 300 s · 8.1 · 87% | never · 9.0 | 1011 s · 8.8 · 94% | 962 s · 8.6 · 93%
0.2% | 10 | 75% | never · 27 | 240 s · 12 · 36% | never · 27 | 1259 s · 27 · 96% | 1192 s · 24 · 72%
0.2% | 100 | 5% | never · 18 | 240 s · 12 · 59% | never · 18 | 1088 s · 16 · 74% | 1116 s · 16 · 75%
0.2% | 100 | 25% | never · 90 | 240 s · 56 · 56% | never · 90 | 786 s · 45 · 7% | 669 s · 37 · 3%
0.2% | 100 | 75% | never · 269 | 240 s · 162 · 54% | never · 269 | 824 s · 141 · 9% | 240 s · 40
0.2% | 1000 | 5% | never · 180 | 240 s · 110 · 55% | never · 180 | 315 s · 35 | 318 s · 35
0.2% | 1000 | 25% | never · 900 | 240 s · 523 · 51% | never · 900 | 80 s · 45 | 68 s · 37
0.2% | 1000 | 75% | never · 2701 | 240 s · 1555 · 51% | never · 2701 | 90 s · 145 | 25 s · 42
0.5% | 1 | 5% | never · 0.4 | never · 0.4 | never · 0.4 | 954 s · 0.4 · 99% | 1230 s · 0.5 · 98%
0.5% | 1 | 25% | never · 2.3 | never · 2.3 | 900 s · 2.3 · 99% | 1337 s · 2.3 · 96% | 1211 s · 2.2 · 93%
0.5% | 1 | 75% | never · 6.8 | 240 s · 6.5 · 94% | 780 s · 6.2 · 83% | never · 6.8 | 1070 s · 5.9 · 72%
0.5% | 10 | 5% | never · 4.5 | 300 s · 4.4 · 98% | 840 s · 4.4 · 95% | 1135 s · 4.0 · 76% | 1045 s · 4.0 · 72%
0.5% | 10 | 25% | never · 23 | 240 s · 12 · 44% | 840 s · 21 · 90% | 845 s · 13 · 13% | 640 s · 9.3 · 3%
0.5% | 10 | 75% | never · 67 | 180 s · 8.1 · 1% | 900 s · 67 · 99% | 939 s · 42 · 18% | 246 s · 10
0.5% | 100 | 5% | never · 45 | 180 s · 8.4 · 7% | 840 s · 44 · 97% | 310 s · 8.8 | 307 s · 8.6
0.5% | 100 | 25% | never · 225 | 180 s · 23 | never · 225 | 88 s · 12 | 65 s · 9.1
0.5% | 100 | 75% | never · 674 | 180 s · 68 | never · 674 | 100 s · 42 | 23 s · 9.9
0.5% | 1000 | 5% | never · 449 | 180 s · 45 | never · 449 | 31 s · 8.9 | 31 s · 8.7
0.5% | 1000 | 25% | never · 2249 | 180 s · 224 | never · 2249 | 9 s · 13 | 7 s · 10
0.5% | 1000 | 75% | never · 6748 | 180 s · 674 | never · 6748 | 11 s · 45 | 3 s · 13
2% | 1 | 5% | 300 s · 1.8 · 99% | 300 s · 1.8 · 99% | 900 s · 1.8 · 98% | 1131 s · 1.6 · 80% | 1183 s · 1.6 · 73%
2% | 1 | 25% | 300 s · 8.5 · 92% | 240 s · 8.2 · 88% | 780 s · 7.3 · 65% | 1044 s · 6.4 · 29% | 659 s · 4.1 · 8%
2% | 1 | 75% | never · 27 | 240 s · 11 · 33% | 540 s · 8.6 · 1% | 1351 s · 23 · 39% | 243 s · 4.3
2% | 10 | 5% | 300 s · 18 · 99% | 240 s · 11 · 57% | 660 s · 8.0 · 12% | 364 s · 4.3 | 320 s · 3.7
2% | 10 | 25% | never · 90 | 180 s · 9.5 | 420 s · 22 | 122 s · 6.8 | 70 s · 4.0
2% | 10 | 75% | never · 270 | 180 s · 27 | 360 s · 56 | 156 s · 26 | 24 s · 4.1
2% | 100 | 5% | never · 180 | 180 s · 18 | 360 s · 39 | 35 s · 4.1 | 33 s · 3.8
2% | 100 | 25% | never · 900 | 180 s · 90 | 360 s · 180 | 11 s · 6.5 | 8 s · 4.3
2% | 100 | 75% | never · 2702 | 180 s · 270 | 360 s · 540 | 15 s · 25 | 3 s · 4.9
2% | 1000 | 5% | never · 1800 | 180 s · 180 | 360 s · 360 | 4 s · 4.7 | 4 s · 4.4
2% | 1000 | 25% | never · 9002 | 180 s · 900 | 360 s · 1801 | 2 s · 9.0 | 1 s · 6.8
2% | 1000 | 75% | never · 26996 | 180 s · 2700 | 360 s · 5398 | 2 s · 33 | 1 s · 15
20% | 1 | 5% | 240 s · 10 · 50% | 240 s · 10 · 50% | 600 s · 7.0 · 6% | 268 s · 3.1 | 176 s · 2.1
20% | 1 | 25% | 180 s · 9.6 | 180 s · 9.5 | 360 s · 19 | 107 s · 5.8 | 34 s · 2.2
20% | 1 | 75% | 180 s · 27 | 180 s · 27 | 360 s · 54 | 146 s · 22 | 12 s · 2.2
20% | 10 | 5% | 180 s · 18 | 180 s · 18 | 360 s · 36 | 26 s · 3.0 | 17 s · 2.1
20% | 10 | 25% | 180 s · 90 | 180 s · 90 | 360 s · 180 | 11 s · 5.5 | 4 s · 2.4
20% | 10 | 75% | 180 s · 269 | 180 s · 269 | 360 s · 539 | 14 s · 22 | 2 s · 2.9
20% | 100 | 5% | 180 s · 180 | 180 s · 180 | 360 s · 360 | 3 s · 3.2 | 2 s · 2.5
20% | 100 | 25% | 180 s · 900 | 180 s · 900 | 360 s · 1801 | 1 s · 7.2 | 1 s · 5.5
20% | 100 | 75% | 180 s · 2702 | 180 s · 2702 | 360 s · 5401 | 2 s · 29 | 1 s · 15
20% | 1000 | 5% | 180 s · 1801 | 180 s · 1801 | 360 s · 3601 | 1 s · 10 | 1 s · 10
20% | 1000 | 25% | 180 s · 8998 | 180 s · 8998 | 360 s · 17995 | 1 s · 50 | 1 s · 50
20% | 1000 | 75% | 180 s · 27001 | 180 s · 27001 | 360 s · 53999 | 1 s · 150 | 1 s · 150
`,
);

/** False rollbacks in per cent, latency, 2,000 rollouts each (4.4). */
export const LATENCY_NULL_REFERENCE: readonly ReferenceRow<number>[] = readRows(
  ['argo500', 'argo322', 'flagger', 'exceedP95', 'exceed'],
  Number,
  `
none | 1 | 5% | 0.30 | 1.50 | 0.00 | 0.25 | 0.25
none | 1 | 25% | 0.00 | 13.70 | 0.05 | 0.30 | 0.30
none | 1 | 75% | 0.00 | 2.25 | 5.90 | 0.40 | 0.45
none | 10 | 5% | 0.00 | 3.70 | 1.65 | 0.50 | 0.15
none | 10 | 25% | 0.00 | 0.10 | 1.10 | 0.45 | 0.15
none | 10 | 75% | 0.00 | 0.00 | 0.00 | 0.40 | 0.15
none | 100 | 5% | 0.00 | 0.00 | 0.15 | 0.35 | 0.40
none | 100 | 25% | 0.00 | 0.00 | 0.00 | 0.35 | 0.25
none | 100 | 75% | 0.00 | 0.00 | 0.00 | 0.40 | 0.55
none | 1000 | 5% | 0.00 | 0.00 | 0.00 | 0.10 | 0.10
none | 1000 | 25% | 0.00 | 0.00 | 0.00 | 0.05 | 0.20
none | 1000 | 75% | 0.00 | 0.00 | 0.00 | 0.25 | 0.15
`,
);

/** Detection of a slower candidate; `scale` slows all requests, `tail` the slowest decile, by a factor on p95 (4.4). */
export const LATENCY_REFERENCE: readonly ReferenceRow<ReferenceCell>[] = readRows(
  ['argo500', 'argo322', 'flagger', 'exceed'],
  readCell,
  `
scale 1.1 | 1 | 5% | 300 s · 5.9 · 100% | 300 s · 5.8 · 97% | never · 6.0 | 801 s · 5.9 · 97%
scale 1.1 | 1 | 25% | 300 s · 30 · 99% | 240 s · 23 · 73% | never · 30 | 1230 s · 29 · 92%
scale 1.1 | 1 | 75% | never · 89 | 300 s · 80 · 88% | 840 s · 77 · 75% | 1024 s · 85 · 91%
scale 1.1 | 10 | 5% | never · 59 | 300 s · 53 · 88% | 840 s · 57 · 94% | 1183 s · 48 · 49%
scale 1.1 | 10 | 25% | never · 297 | 300 s · 289 · 97% | 840 s · 266 · 81% | 583 s · 102
scale 1.1 | 10 | 75% | never · 892 | never · 891 | 840 s · 881 · 98% | 572 s · 303
scale 1.1 | 100 | 5% | never · 594 | 300 s · 591 · 100% | 840 s · 567 · 92% | 177 s · 64
scale 1.1 | 100 | 25% | never · 2973 | never · 2973 | never · 2973 | 60 s · 105
scale 1.1 | 100 | 75% | never · 8914 | never · 8914 | never · 8914 | 62 s · 323
scale 1.1 | 1000 | 5% | never · 5939 | never · 5939 | never · 5939 | 20 s · 69
scale 1.1 | 1000 | 25% | never · 29704 | never · 29704 | never · 29704 | 7 s · 122
scale 1.1 | 1000 | 75% | never · 89144 | never · 89144 | never · 89144 | 7 s · 369
scale 1.5 | 1 | 5% | 240 s · 14 · 99% | 300 s · 12 · 82% | 900 s · 14 · 98% | 863 s · 7.7 · 10%
scale 1.5 | 1 | 25% | 240 s · 67 · 90% | 240 s · 15 · 9% | 780 s · 55 · 56% | 257 s · 11
scale 1.5 | 1 | 75% | 300 s · 215 · 99% | 180 s · 30 · 3% | 540 s · 66 · 1% | 264 s · 35
scale 1.5 | 10 | 5% | 300 s · 142 · 97% | 180 s · 25 · 6% | 600 s · 57 · 7% | 90 s · 7.8
scale 1.5 | 10 | 25% | never · 724 | 180 s · 74 | 420 s · 167 | 30 s · 13
scale 1.5 | 10 | 75% | never · 2176 | 180 s · 217 | 360 s · 446 | 31 s · 40
scale 1.5 | 100 | 5% | never · 1453 | 180 s · 146 | 360 s · 310 | 10 s · 8.5
scale 1.5 | 100 | 25% | never · 7258 | 180 s · 723 | 360 s · 1449 | 4 s · 15
scale 1.5 | 100 | 75% | never · 21768 | 180 s · 2175 | 360 s · 4354 | 4 s · 49
scale 1.5 | 1000 | 5% | never · 14511 | 180 s · 1453 | 360 s · 2906 | 1 s · 13
scale 1.5 | 1000 | 25% | never · 72556 | 180 s · 7248 | 360 s · 14506 | 1 s · 40
scale 1.5 | 1000 | 75% | never · 217723 | 180 s · 21777 | 360 s · 43532 | 1 s · 120
scale 3 | 1 | 5% | 240 s · 29 · 50% | 180 s · 8.8 · 6% | 600 s · 21 · 7% | 132 s · 4.2
scale 3 | 1 | 25% | 180 s · 28 | 180 s · 26 | 360 s · 54 | 45 s · 6.8
scale 3 | 1 | 75% | 180 s · 75 | 180 s · 75 | 360 s · 152 | 46 s · 21
scale 3 | 10 | 5% | 180 s · 52 | 180 s · 52 | 360 s · 103 | 13 s · 4.1
scale 3 | 10 | 25% | 180 s · 255 | 180 s · 255 | 360 s · 509 | 5 s · 7.4
scale 3 | 10 | 75% | 180 s · 764 | 180 s · 764 | 360 s · 1526 | 5 s · 23
scale 3 | 100 | 5% | 180 s · 510 | 180 s · 510 | 360 s · 1019 | 2 s · 5.6
scale 3 | 100 | 25% | 180 s · 2546 | 180 s · 2546 | 360 s · 5095 | 1 s · 14
scale 3 | 100 | 75% | 180 s · 7641 | 180 s · 7641 | 360 s · 15285 | 1 s · 43
scale 3 | 1000 | 5% | 180 s · 5096 | 180 s · 5096 | 360 s · 10193 | 1 s · 28
scale 3 | 1000 | 25% | 180 s · 25468 | 180 s · 25468 | 360 s · 50920 | 1 s · 141
scale 3 | 1000 | 75% | 180 s · 76360 | 180 s · 76360 | 360 s · 152735 | 1 s · 422
tail 1.1 | 1 | 5% | never · 5.7 | 300 s · 5.6 · 97% | 960 s · 5.7 · 100% | 515 s · 5.7 · 99%
tail 1.1 | 1 | 25% | never · 29 | 240 s · 22 · 70% | 780 s · 29 · 99% | 1092 s · 28 · 96%
tail 1.1 | 1 | 75% | never · 88 | 240 s · 77 · 86% | 780 s · 71 · 67% | 807 s · 86 · 97%
tail 1.1 | 10 | 5% | never · 59 | 300 s · 52 · 86% | 840 s · 54 · 87% | 1078 s · 54 · 82%
tail 1.1 | 10 | 25% | never · 292 | 300 s · 279 · 95% | 780 s · 225 · 60% | 985 s · 189 · 21%
tail 1.1 | 10 | 75% | never · 875 | never · 875 | 840 s · 794 · 83% | 1010 s · 562 · 18%
tail 1.1 | 100 | 5% | never · 586 | 300 s · 584 · 100% | 780 s · 489 · 71% | 405 s · 140
tail 1.1 | 100 | 25% | never · 2918 | never · 2918 | never · 2914 | 116 s · 198
tail 1.1 | 100 | 75% | never · 8775 | never · 8775 | never · 8775 | 119 s · 607
tail 1.1 | 1000 | 5% | never · 5846 | never · 5846 | never · 5846 | 41 s · 143
tail 1.1 | 1000 | 25% | never · 29220 | never · 29220 | never · 29220 | 11 s · 192
tail 1.1 | 1000 | 75% | never · 87693 | never · 87693 | never · 87693 | 13 s · 676
tail 1.5 | 1 | 5% | 300 s · 9.5 · 98% | 300 s · 8.9 · 90% | 840 s · 9.5 · 97% | 1149 s · 9.0 · 82%
tail 1.5 | 1 | 25% | 240 s · 41 · 82% | 240 s · 17 · 24% | 720 s · 29 · 32% | 923 s · 30 · 17%
tail 1.5 | 1 | 75% | 300 s · 139 · 93% | 240 s · 37 · 14% | 420 s · 38 | 1005 s · 96 · 19%
tail 1.5 | 10 | 5% | 300 s · 92 · 92% | 240 s · 31 · 22% | 540 s · 31 · 1% | 352 s · 21
tail 1.5 | 10 | 25% | 240 s · 491 · 99% | 180 s · 58 · 1% | 360 s · 103 | 100 s · 30
tail 1.5 | 10 | 75% | never · 1479 | 180 s · 149 | 360 s · 296 | 113 s · 100
tail 1.5 | 100 | 5% | never · 984 | 180 s · 105 | 360 s · 199 | 34 s · 21
tail 1.5 | 100 | 25% | never · 4927 | 180 s · 492 | 360 s · 982 | 11 s · 30
tail 1.5 | 100 | 75% | never · 14804 | 180 s · 1481 | 360 s · 2962 | 11 s · 102
tail 1.5 | 1000 | 5% | never · 9864 | 180 s · 989 | 360 s · 1975 | 4 s · 25
tail 1.5 | 1000 | 25% | never · 49336 | 180 s · 4931 | 360 s · 9859 | 2 s · 45
tail 1.5 | 1000 | 75% | never · 147922 | 180 s · 14793 | 360 s · 29604 | 2 s · 150
tail 3 | 1 | 5% | 300 s · 11 · 88% | 300 s · 10 · 76% | 780 s · 10.0 · 64% | 958 s · 8.5 · 31%
tail 3 | 1 | 25% | 240 s · 21 · 23% | 180 s · 11 · 6% | 480 s · 17 | 420 s · 16
tail 3 | 1 | 75% | 240 s · 39 · 10% | 180 s · 21 · 1% | 360 s · 39 | 482 s · 57
tail 3 | 10 | 5% | 240 s · 32 · 15% | 180 s · 16 · 2% | 360 s · 27 | 126 s · 9.7
tail 3 | 10 | 25% | 180 s · 69 | 180 s · 63 | 360 s · 126 | 37 s · 15
tail 3 | 10 | 75% | 180 s · 190 | 180 s · 189 | 360 s · 377 | 47 s · 54
tail 3 | 100 | 5% | 180 s · 128 | 180 s · 126 | 360 s · 251 | 13 s · 10
tail 3 | 100 | 25% | 180 s · 627 | 180 s · 627 | 360 s · 1257 | 4 s · 16
tail 3 | 100 | 75% | 180 s · 1885 | 180 s · 1885 | 360 s · 3771 | 5 s · 58
tail 3 | 1000 | 5% | 180 s · 1257 | 180 s · 1257 | 360 s · 2514 | 2 s · 14
tail 3 | 1000 | 25% | 180 s · 6279 | 180 s · 6279 | 360 s · 12562 | 1 s · 36
tail 3 | 1000 | 75% | 180 s · 18851 | 180 s · 18851 | 360 s · 37700 | 1 s · 110
`,
);

/** False rollbacks in per cent at 100 requests/s and 25 %, 2,000 rollouts each (4.5). */
export const ROBUSTNESS_REFERENCE: readonly ReferenceRow<number>[] = readRows(
  ['argo95', 'argo998', 'flagger', 'ratio', 'judge'],
  Number,
  `
none | 100 | 25% | 0 | 1.05 | 0 | 0.55 | 0.45
incident | 100 | 25% | 0 | 1.80 | 0 | 0.25 | 0.70
clumps of 5 | 100 | 25% | 0 | 11.0 | 0 | 34.9 | 37.7
share 30% | 100 | 25% | 0 | 0.65 | 0 | 0.80 | 0.20
warm-up | 100 | 25% | 0 | 7.80 | 0 | 60.2 | 77.8
`,
);

/** False rollbacks in per cent under a shared incident of 5 % for 120 s, 1,500 rollouts each (4.5). */
export const INCIDENT_REFERENCE: readonly ReferenceRow<number>[] = readRows(
  ['ratio', 'judge', 'argo998'],
  Number,
  `
incident | 1 | 75% | 0.0 | 42.1 | 0.1
incident | 10 | 5% | 0.2 | 0.2 | 0.1
incident | 10 | 25% | 0.2 | 1.6 | 2.1
incident | 10 | 75% | 0.5 | 40.1 | 25.8
incident | 100 | 5% | 0.3 | 0.3 | 10.7
incident | 100 | 75% | 0.5 | 17.3 | 0.1
`,
);

/** RATIO with counts divided by the estimated dispersion, 100 requests/s and 25 % (4.5). */
export const DISPERSION_REFERENCE = [
  {
    errors: 'independent',
    falseRollbacks: 0.3,
    undivided: null,
    medianHalfPercent: 87,
    medianTwoPercent: 12,
  },
  {
    errors: 'clumps of 5',
    falseRollbacks: 0.5,
    undivided: 35.7,
    medianHalfPercent: 425,
    medianTwoPercent: 56,
  },
  {
    errors: 'geometric, mean 3',
    falseRollbacks: 0.55,
    undivided: 27.4,
    medianHalfPercent: 436,
    medianTwoPercent: 55,
  },
] as const;

/** RATIO with a margin, 100 requests/s and 25 %: detected part for 0.2 %, medians in seconds (4.5). */
export const MARGIN_REFERENCE = [
  { margin: 1, detected: 0.93, medianFifthPercent: 788, medianHalfPercent: 90, medianTwoPercent: 11 },
  { margin: 1.1, detected: 0.81, medianFifthPercent: 908, medianHalfPercent: 100, medianTwoPercent: 12 },
  { margin: 1.25, detected: 0.51, medianFifthPercent: 1085, medianHalfPercent: 118, medianTwoPercent: 13 },
  { margin: 1.5, detected: 0.13, medianFifthPercent: 1087, medianHalfPercent: 154, medianTwoPercent: 15 },
] as const;

function readRows<Figure>(
  methods: readonly string[],
  read: (text: string) => Figure,
  text: string,
): readonly ReferenceRow<Figure>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [kind = '', requestsPerSecond, share = '', ...cells] = line.split('|').map((part) => part.trim());
      const figures = Object.fromEntries(methods.map((method, i) => [method, read(cells[i] ?? '')]));
      return { kind, requestsPerSecond: Number(requestsPerSecond), share: readPercent(share), figures };
    });
}

/** Reads `240 s · 8.1 · 1%` or `never · 0.2`. */
function readCell(text: string): ReferenceCell {
  const [median = '', harm = '', missed] = text.split('·').map((part) => part.trim());
  const isNever = median === 'never';
  return {
    medianSeconds: isNever ? null : Number(median.replace(' s', '')),
    harm: Number(harm),
    missed: isNever ? 1 : readPercent(missed ?? '0%'),
  };
}

function readPercent(text: string): number {
  return Number(text.replace('%', '')) / 100;
}
