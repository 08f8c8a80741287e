import { scaleLinear } from 'd3-scale';
import type { FunnelStep } from '../api/analytics';
import type { Totals } from '../api/types';

export const WINDOWS = ['30m', '24h', '7d', '30d', '90d', '365d'];
export const SPLITS = ['country', 'device', 'source', 'campaign', 'medium', 'channel'] as const;
export const STEPS_MIN = 2;
export const STEPS_MAX = 12;

/**
 * The steps that a shop's own events suggest: view → cart → purchase where it records them; where
 * it records a single type, how many come a second and a third time.
 */
export function usualSteps(totals: Totals): string[] {
  const recorded: [string, number][] = [
    ['view', totals.views],
    ['cart', totals.carts ?? 0],
    ['purchase', totals.orders],
  ];
  const steps = recorded.filter(([, count]) => count > 0).map(([type]) => type);
  const [only = 'view'] = steps;
  return steps.length >= STEPS_MIN ? steps : [only, only, only];
}

/** A wide window where the first step is itself an order: people come back after weeks. */
export function usualWindow(steps: string[]): string {
  return steps[0]?.startsWith('purchase') ? '90d' : '7d';
}

/** A bar and, behind it, the bar of the step before. */
export type Bar = { width: number; before: number; lost: number };

/** The bars of the steps over `width` units; the first step is full, more never happens. */
export function bars(steps: FunnelStep[], width: number): Bar[] {
  const first = steps[0]?.people ?? 0;
  const x = scaleLinear().domain([0, Math.max(1, first)]).range([0, width]).clamp(true);
  return steps.map((step, index) => {
    const before = steps[index - 1]?.people ?? step.people;
    return { width: x(step.people), before: x(before), lost: Math.max(0, before - step.people) };
  });
}
