/** A rule over what is known of people, as a tree that a form can edit. */

/** How the parts of a group must hold: all of, any of, none of, not all of. */
export const MATCHES = ['all', 'any', 'none', 'not_all'] as const;
export const OPS = ['>=', '>', '=', '!=', '<', '<=', 'in', 'unknown', 'known'] as const;

export type Match = (typeof MATCHES)[number];
export type Op = (typeof OPS)[number];
export type Kind = 'number' | 'text' | 'flag';

/** `value` is as people type it, without quotes; a list for `in` is parted by commas. */
export type Condition = { field: string; op: Op; value: string };
export type Group = { match: Match; of: Part[] };
export type Part = Condition | Group;

export function isGroup(part: Part): part is Group {
  return 'of' in part;
}

/** The comparisons that make sense for a kind of field. */
export function opsOf(kind: Kind): Op[] {
  if (kind === 'number') return OPS.filter((op) => op !== 'in');
  return kind === 'text' ? ['=', '!=', 'in', 'unknown', 'known'] : ['=', 'unknown', 'known'];
}

/** Whether the comparison has something to compare with. */
export function takesValue(op: Op): boolean {
  return op !== 'unknown' && op !== 'known';
}

/** Whether the condition is filled in, so that it can be asked. */
export function isFilled(condition: Condition, kind: Kind): boolean {
  if (!takesValue(condition.op)) return true;
  const value = condition.value.trim();
  if (kind === 'number') return value !== '' && Number.isFinite(Number(value));
  return kind === 'flag' ? value === 'true' || value === 'false' : value !== '';
}

/** The number of conditions, in all depths. */
export function countConditions(group: Group): number {
  return group.of.reduce((sum, part) => sum + (isGroup(part) ? countConditions(part) : 1), 0);
}

/** Every condition, in all depths. */
export function conditionsOf(group: Group): Condition[] {
  return group.of.flatMap((part) => (isGroup(part) ? conditionsOf(part) : [part]));
}

type KindOf = (field: string) => Kind;

/** The rule as the API reads it; groups without parts are left out. */
export function formatRule(group: Group, kindOf: KindOf): string {
  const parts = group.of
    .filter((part) => !isGroup(part) || countConditions(part) > 0)
    .map((part) => (isGroup(part) ? inner(part, kindOf) : formatCondition(part, kindOf)));
  if (parts.length === 0) return '';
  const text = parts.join(group.match === 'any' || group.match === 'none' ? ' or ' : ' and ');
  return group.match === 'none' || group.match === 'not_all' ? `not (${text})` : text;
}

/** A group within another: in brackets, unless it brings its own. */
function inner(group: Group, kindOf: KindOf): string {
  const text = formatRule(group, kindOf);
  const closed = group.match === 'none' || group.match === 'not_all' || group.of.length === 1;
  return closed ? text : `(${text})`;
}

function formatCondition({ field, op, value }: Condition, kindOf: KindOf): string {
  if (op === 'unknown') return `${field} is unknown`;
  if (op === 'known') return `${field} is not unknown`;
  const kind = kindOf(field);
  if (op !== 'in') return `${field} ${op} ${literal(value.trim(), kind)}`;
  const values = value.split(/[,，]/).map((one) => one.trim());
  const list = values.filter((one) => one !== '').map((one) => literal(one, kind));
  return `${field} in (${list.join(', ')})`;
}

function literal(value: string, kind: Kind): string {
  return kind === 'text' ? `'${value.replaceAll("'", "''")}'` : value;
}

/** People who ordered more than once or, in a shop without orders, viewed more than once. */
export function usualRule(fields: { name: string; kind: Kind }[], sells: boolean): string {
  const numbers = fields.filter((field) => field.kind === 'number').map((field) => field.name);
  const wanted = sells ? ['orders_all', 'orders'] : ['views_all', 'views', 'events_all'];
  const name = wanted.find((one) => numbers.includes(one)) ?? numbers[0];
  return name ? `${name} >= 2` : '';
}
