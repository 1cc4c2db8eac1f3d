import { runBoxGrowthBench } from "./boxes-growth.ts"
import { runLatencyBench } from "./boxes-latency.ts"
import { runBoxRateBench } from "./boxes-rate.ts"
import type { BenchRow } from "./row.ts"

/** Boxes: how long a call takes, how many a server answers, and what many boxes cost. */
export const runBoxesBench = async (): Promise<BenchRow[]> => [...(await runLatencyBench()), ...(await runBoxRateBench()), ...(await runBoxGrowthBench())]
