import { scaleLinear } from 'd3-scale';
import type { AspectReport, TrendPoint } from '../api/reviews';

export const KINDS = ['positive', 'neutral', 'negative'] as const;
export type Kind = (typeof KINDS)[number];
export type Piece = { kind: Kind; x: number; width: number };
export type Column = { point: TrendPoint; x: number; y: number; width: number; height: number };

/** The clauses of an aspect as pieces of one bar; the aspect with most fills the width. */
export function pieces(aspect: AspectReport, all: AspectReport[], width: number): Piece[] {
  const sum = (one: AspectReport) => one.positive + one.neutral + one.negative;
  const x = scaleLinear([0, Math.max(1, ...all.map(sum))], [0, Math.max(0, width)]);
  let from = 0;
  return KINDS.map((kind) => {
    const piece = { kind, x: x(from), width: x(from + aspect[kind]) - x(from) };
    from += aspect[kind];
    return piece;
  });
}

/** A column per period, as high as it has reviews. */
export function columns(trend: TrendPoint[], width: number, height: number): Column[] {
  const y = scaleLinear([0, Math.max(1, ...trend.map((one) => one.reviews))], [0, height]);
  const step = Math.max(0, width) / Math.max(1, trend.length);
  return trend.map((point, index) => ({
    point,
    x: index * step,
    y: height - y(point.reviews),
    width: Math.max(1, Math.min(48, step - 2)),
    height: y(point.reviews),
  }));
}
