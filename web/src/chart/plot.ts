import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { dayToMs } from '../format/time';

/** One week of one metric; `null` where the metric has no value (an average of no orders). */
export type Point = { week: string; value: number | null; partial: boolean };

export type Frame = {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
};

export type Plot = {
  x: (week: string) => number;
  y: (value: number) => number;
  ticks: number[];
  /** The solid line, and the dashed pieces that touch a partial week. */
  solid: string;
  dashed: string[];
  fill: string;
};

/** The span of the values and zero, never empty. */
export function withZero(values: number[]): [number, number] {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  return low === high ? [0, 1] : [low, high];
}

/** Lays a weekly series out in a frame; the value axis always contains zero. */
export function plot(points: Point[], frame: Frame): Plot {
  const values = points.flatMap((point) => (point.value === null ? [] : [point.value]));
  const y = scaleLinear()
    .domain(withZero(values))
    .nice(4)
    .range([frame.height - frame.bottom, frame.top]);
  const days = scaleLinear()
    .domain([dayToMs(points[0]?.week ?? ''), dayToMs(points.at(-1)?.week ?? '')])
    .range([frame.left, frame.width - frame.right]);
  const x = (week: string) => days(dayToMs(week));
  const path = line<Point>()
    .defined((point) => point.value !== null)
    .x((point) => x(point.week))
    .y((point) => y(point.value ?? 0));
  const under = area<Point>()
    .defined((point) => point.value !== null)
    .x((point) => x(point.week))
    .y0(y(0))
    .y1((point) => y(point.value ?? 0));
  const whole = points.map((point) => (point.partial ? { ...point, value: null } : point));
  const dashed = points.slice(1).flatMap((point, index) => {
    const before = points[index];
    if (!before || !(point.partial || before.partial)) return [];
    return [path([before, point]) ?? ''];
  });
  return {
    x,
    y,
    ticks: y.ticks(4),
    solid: path(whole) ?? '',
    dashed,
    fill: under(points) ?? '',
  };
}

/** The place in the series of the week nearest to a horizontal position. */
export function nearest(points: Point[], x: (week: string) => number, at: number): number {
  let best = 0;
  points.forEach((point, index) => {
    const far = Math.abs(x(points[best]?.week ?? '') - at);
    if (Math.abs(x(point.week) - at) < far) best = index;
  });
  return best;
}

/** At most `count` weeks for the axis, each the first of its month, evenly thinned. */
export function axisWeeks(weeks: string[], count: number): string[] {
  const firsts = weeks.filter((week, index) => {
    const before = weeks[index - 1];
    return before !== undefined && before.slice(0, 7) !== week.slice(0, 7);
  });
  const marks = firsts.length >= 2 ? firsts : weeks;
  const step = Math.max(1, Math.ceil(marks.length / count));
  return marks.filter((_, index) => index % step === 0);
}

/** The lowest and the highest week of a series, or null when no week has a value. */
export function extremes(points: Point[]): { low: Point; high: Point } | null {
  const known = points.filter((point) => point.value !== null);
  const first = known[0];
  if (!first) return null;
  const pick = (better: (a: number, b: number) => boolean) =>
    known.reduce(
      (best, point) => (better(point.value ?? 0, best.value ?? 0) ? point : best),
      first,
    );
  return { low: pick((a, b) => a < b), high: pick((a, b) => a > b) };
}
