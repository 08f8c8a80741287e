import { isGroup, type Condition, type Group, type Match, type Op, type Part } from './rule';

// or        = and { "or" and }
// and       = not { "and" not }
// not       = "not" not | "(" or ")" | condition
// condition = field ( op value | [ "not" ] "in" "(" value { "," value } ")"
//                   | "is" [ "not" ] "unknown" )
// A value is a number, true, false, or text in quotes.

type Token = { kind: 'word' | 'text' | 'sign'; text: string };

const TOKEN = /\s*(?:('(?:[^']|'')*'|"(?:[^"]|"")*")|(>=|<=|!=|<>|==|[=<>(),])|([^\s=<>!(),'"]+))/y;

function tokens(text: string): Token[] | null {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(text);
    if (!match) return null;
    const [, quoted, sign, word] = match;
    if (quoted) {
      const mark = quoted.charAt(0);
      found.push({ kind: 'text', text: quoted.slice(1, -1).replaceAll(mark + mark, mark) });
    } else found.push({ kind: sign ? 'sign' : 'word', text: sign ?? word ?? '' });
  }
  return found;
}

const KEYWORDS = ['and', 'or', 'not', 'in', 'is', 'unknown', 'true', 'false'];
const SIGNS: Record<string, Op | undefined> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

class Misread extends Error {}

class Reader {
  #at = 0;
  constructor(readonly tokens: Token[]) {}

  get done(): boolean {
    return this.#at >= this.tokens.length;
  }

  /** Takes the next token if it is this sign or key word. */
  takes(text: string): boolean {
    const token = this.tokens[this.#at];
    if (!token || token.kind === 'text' || token.text.toLowerCase() !== text) return false;
    this.#at += 1;
    return true;
  }

  needs(text: string): void {
    if (!this.takes(text)) throw new Misread(text);
  }

  next(...kinds: Token['kind'][]): string {
    const token = this.tokens[this.#at];
    if (!token || !kinds.includes(token.kind)) throw new Misread();
    this.#at += 1;
    return token.text;
  }

  or(): Part {
    return this.joined('or', 'any', () => this.and());
  }

  and(): Part {
    return this.joined('and', 'all', () => this.not());
  }

  joined(word: string, match: Match, one: () => Part): Part {
    const of = [one()];
    while (this.takes(word)) of.push(one());
    return of.length === 1 && of[0] ? of[0] : { match, of };
  }

  not(): Part {
    if (this.takes('not')) return negated(this.not());
    if (!this.takes('(')) return this.condition();
    const part = this.or();
    this.needs(')');
    return part;
  }

  condition(): Part {
    const field = this.next('word');
    if (KEYWORDS.includes(field.toLowerCase())) throw new Misread();
    if (this.takes('is')) {
      const op = this.takes('not') ? 'known' : 'unknown';
      this.needs('unknown');
      return { field, op, value: '' };
    }
    if (this.takes('not')) return negated(this.values(field));
    const sign = this.tokens[this.#at]?.kind === 'sign' ? this.next('sign') : '';
    const op = SIGNS[sign];
    return op ? { field, op, value: this.value() } : this.values(field);
  }

  values(field: string): Condition {
    this.needs('in');
    this.needs('(');
    const values = [this.value()];
    while (this.takes(',')) values.push(this.value());
    this.needs(')');
    // A form parts the values of a list at commas, so none may hold one.
    if (values.some((value) => value.includes(','))) throw new Misread();
    return { field, op: 'in', value: values.join(', ') };
  }

  value(): string {
    const bare = this.tokens[this.#at]?.kind === 'word';
    const text = this.next('word', 'text');
    if (!bare) return text;
    const flag = /^(true|false)$/i.test(text);
    if (!flag && !Number.isFinite(Number(text))) throw new Misread();
    return flag ? text.toLowerCase() : text;
  }
}

const OPPOSITE: Record<Match, Match> = { all: 'not_all', not_all: 'all', any: 'none', none: 'any' };

/** What does not hold. `!=` is not the opposite of `=` where a value is unknown. */
function negated(part: Part): Part {
  if (isGroup(part)) return { match: OPPOSITE[part.match], of: part.of };
  if (part.op === 'unknown') return { ...part, op: 'known' };
  if (part.op === 'known') return { ...part, op: 'unknown' };
  return { match: 'none', of: [part] };
}

/** Reads a rule into a tree, or gives null where a form cannot show it. */
export function parseRule(text: string): Group | null {
  const found = tokens(text);
  if (!found || found.length === 0) return null;
  try {
    const reader = new Reader(found);
    const part = reader.or();
    if (!reader.done) return null;
    return isGroup(part) ? part : { match: 'all', of: [part] };
  } catch (error) {
    if (error instanceof Misread) return null;
    throw error;
  }
}
