import type { createMetrics } from '../../src/observability/metrics.ts';

/** Count and sum, in seconds, of a stage. */
export async function stageTimes(
  metrics: ReturnType<typeof createMetrics>,
  stage: string,
): Promise<readonly [count: number, seconds: number]> {
  const text = await metrics.text();
  const value = (suffix: string): number =>
    Number(new RegExp(`^txtrail_stage_seconds_${suffix}\\{stage="${stage}"\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return [value('count'), value('sum')];
}
