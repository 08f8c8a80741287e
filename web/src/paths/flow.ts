import { scaleLinear } from 'd3-scale';
import type { Transition } from '../api/analytics';

export const GAPS = ['10m', '30m', '2h', '24h'];
export const DEPTHS = ['3', '4', '5', '6', '8'];
export const TOPS = ['10', '20', '50'];
export const SIDES = ['start', 'after', 'before'] as const;
export type Side = (typeof SIDES)[number];

export const START = '(start)';
export const END = '(end)';

/** A node of one side of the picture, and the band between two. */
export type Stop = { node: string; count: number; y: number; height: number };
export type Band = Transition & { path: string };
export type Flow = { left: Stop[]; right: Stop[]; bands: Band[] };

type Frame = { width: number; height: number; bar: number; gap: number };

/** The largest transitions, and their number that a picture can still show. */
export function largest(transitions: Transition[], count: number): Transition[] {
  return [...transitions].filter((one) => one.count > 0).sort(bySize).slice(0, count);
}

function bySize(a: Transition, b: Transition): number {
  return b.count - a.count || a.from.localeCompare(b.from) || a.to.localeCompare(b.to);
}

/** Lays transitions out as bands from a left column to a right one; all heights share a scale. */
export function flow(transitions: Transition[], frame: Frame): Flow {
  const left = column(transitions, 'from', START);
  const right = column(transitions, 'to', END);
  const total = transitions.reduce((sum, one) => sum + one.count, 0);
  const gaps = Math.max(left.length, right.length, 1) - 1;
  const height = scaleLinear()
    .domain([0, Math.max(1, total)])
    .range([0, Math.max(1, frame.height - gaps * frame.gap)]);
  for (const stops of [left, right]) place(stops, height, frame);
  const used = { left: new Map<string, number>(), right: new Map<string, number>() };
  const order = (stops: Stop[], node: string) => stops.findIndex((stop) => stop.node === node);
  const sorted = [...transitions].sort(
    (a, b) =>
      order(left, a.from) - order(left, b.from) || order(right, a.to) - order(right, b.to),
  );
  const bands = sorted.map((one) => {
    const thick = height(one.count);
    const y0 = next(used.left, left, one.from, thick);
    const y1 = next(used.right, right, one.to, thick);
    return { ...one, path: band(frame.bar, frame.width - frame.bar, y0, y1, thick) };
  });
  return { left, right, bands };
}

/** The nodes of a side, the largest first; the start leads and the end closes. */
function column(transitions: Transition[], side: 'from' | 'to', edge: string): Stop[] {
  const counts = new Map<string, number>();
  for (const one of transitions) counts.set(one[side], (counts.get(one[side]) ?? 0) + one.count);
  const rank = (node: string) => (node === edge ? (side === 'from' ? -1 : 1) : 0);
  return [...counts]
    .map(([node, count]) => ({ node, count, y: 0, height: 0 }))
    .sort(
      (a, b) =>
        rank(a.node) - rank(b.node) || b.count - a.count || a.node.localeCompare(b.node),
    );
}

function place(stops: Stop[], height: (count: number) => number, frame: Frame): void {
  const taken = stops.reduce((sum, stop) => sum + height(stop.count), 0);
  let y = (frame.height - taken - (stops.length - 1) * frame.gap) / 2;
  for (const stop of stops) {
    stop.y = y;
    stop.height = height(stop.count);
    y += stop.height + frame.gap;
  }
}

/** Where the next band of a node begins. */
function next(used: Map<string, number>, stops: Stop[], node: string, thick: number): number {
  const y = used.get(node) ?? stops.find((stop) => stop.node === node)?.y ?? 0;
  used.set(node, y + thick);
  return y;
}

function band(x0: number, x1: number, y0: number, y1: number, thick: number): string {
  const middle = (x0 + x1) / 2;
  const [a, b, c, d] = [y0, y1, y1 + thick, y0 + thick].map((y) => y.toFixed(1));
  const there = `M${x0},${a}C${middle},${a} ${middle},${b} ${x1},${b}`;
  return `${there}V${c}C${middle},${c} ${middle},${d} ${x0},${d}Z`;
}
