/** Steps in the API's own words: `type` or `type[field=value,field=value]`. */

export const TYPES = [
  'view',
  'click',
  'cart',
  'purchase',
  'search',
  'review',
  'dwell',
  'impression',
  'refund',
  'identify',
  'consent',
  'custom',
  'item',
  'price',
  'stock',
] as const;

export const FIELDS = [
  'item',
  'category',
  'name',
  'op',
  'country',
  'device',
  'page',
  'campaign',
  'medium',
  'channel',
  'source',
] as const;

export type StepType = (typeof TYPES)[number];
export type StepField = (typeof FIELDS)[number];
export type StepRule = { type: StepType; where: { field: StepField; value: string }[] };

/** Parts a text at the commas that stand outside brackets and quotes. */
export function splitSteps(text: string): string[] {
  const steps: string[] = [];
  let depth = 0;
  let quoted = false;
  let step = '';
  for (const letter of text) {
    if (letter === '"') quoted = !quoted;
    else if (!quoted && letter === '[') depth += 1;
    else if (!quoted && letter === ']') depth -= 1;
    if (letter === ',' && depth <= 0 && !quoted) {
      steps.push(step);
      step = '';
    } else step += letter;
  }
  return [...steps, step].map((one) => one.trim()).filter((one) => one !== '');
}

const CONDITION = /^\s*([a-z]+)\s*=\s*(?:"([^"]*)"|([^"=[\],]+))\s*$/;

/** Reads a step, or null where the text is none. */
export function parseStep(text: string): StepRule | null {
  const found = /^([a-z]+)\s*(?:\[(.*)\])?$/.exec(text.trim());
  const type = TYPES.find((one) => one === found?.[1]);
  if (!found || !type) return null;
  if (found[2] === undefined) return { type, where: [] };
  const where: StepRule['where'] = [];
  for (const part of found[2].match(/(?:"[^"]*"|[^",])+/g) ?? ['']) {
    const [, name, quoted, bare] = CONDITION.exec(part) ?? [];
    const field = FIELDS.find((one) => one === name);
    if (!field || !mayHave(type, field)) return null;
    where.push({ field, value: quoted ?? (bare ?? '').trim() });
  }
  return { type, where };
}

/** Only cart events have an operation, and only custom ones a name. */
function mayHave(type: StepType, field: StepField): boolean {
  if (field === 'op') return type === 'cart';
  return field === 'name' ? type === 'custom' : true;
}

/** A step as text; a value is quoted where it must be. */
export function formatStep({ type, where }: StepRule): string {
  const parts = where.map(({ field, value }) => {
    const plain = value !== '' && value.trim() === value && !/[,=[\]"]/.test(value);
    return plain ? `${field}=${value}` : `${field}="${value}"`;
  });
  return parts.length > 0 ? `${type}[${parts.join(',')}]` : type;
}

/** What the editor offers: every type, and the narrowing that shops ask for most. */
export const SUGGESTIONS: string[] = [
  ...TYPES,
  'cart[op=add]',
  'cart[op=remove]',
  'view[device=mobile]',
  'view[device=desktop]',
  'view[page=product]',
];
