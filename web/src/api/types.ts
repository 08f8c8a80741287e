/** The shapes of the HTTP API, version 1. Money is in integer minor units, times are RFC 3339. */

export type Text = { en: string; zh: string };

export type Totals = {
  orders: number;
  anonymous_orders?: number;
  revenue_gross_minor: number;
  revenue_goods_minor?: number;
  refunds_minor: number;
  revenue_net_minor: number;
  buyers: number;
  average_order_minor: number | null;
  views: number;
  clicks: number;
  carts?: number;
  reviews: number;
  other_currency?: number;
};

export type Week = Totals & { week_start: string };

export type Overview = {
  site: string;
  name: Text;
  currency: string | null;
  time_zone: string;
  from: string | null;
  to: string | null;
  totals: Totals;
  weeks: Week[];
  definitions: Record<string, Text>;
  freshness: { last_event_at: string | null; events: number };
};

export type Evidence = { item_id: string; title: string | null; contribution: number };

export type SlateEntry = {
  position: number;
  item_id: string;
  title: string | null;
  price_minor: number | null;
  currency: string | null;
  score: number | null;
  probability: number | null;
  expected_value_minor: number | null;
  sources: string[];
  reason: { code: string; text: Text; evidence: Evidence[] } | null;
};

export type ExpectedValue = {
  minor: number;
  low_minor: number;
  high_minor: number;
  currency: string;
  definition?: Text | null;
};

export type BaselineEntry = { position: number; item_id: string; title: string | null };

export type Recommendation = {
  decision_id: string;
  kind: string;
  site: string;
  made_at: string;
  surface: string | null;
  subject: { user_id?: string; anon_id?: string; item_id?: string };
  model: { name: string; version: string; trained_at: string | null } | null;
  outcome: 'model' | 'baseline' | 'not_enough_data';
  items: SlateEntry[];
  expected_value: ExpectedValue | null;
  baseline: {
    name: string;
    items: BaselineEntry[];
    expected_value: ExpectedValue | null;
  } | null;
  binding: { code: string; count: number; text: Text }[];
  note: Text | null;
};

export type SimilarItem = {
  item_id: string;
  title: string | null;
  price_minor: number | null;
  currency: string | null;
  score: number;
  buyers_both?: number | null;
  reason: Text | null;
};

export type Similar = {
  item_id: string;
  title: string | null;
  model: string;
  items: SimilarItem[];
};

export type User = {
  user_id: string;
  first_seen: string | null;
  last_seen: string | null;
  orders: number;
  revenue_gross_minor: number;
  refunds_minor: number;
  revenue_net_minor: number;
  currency: string | null;
  events: Record<string, number>;
  items: { item_id: string; title: string | null; qty: number; last_at: string | null }[];
  recent: { type: string; at: string; summary: Text }[];
};

export type UserMatch = { user_id: string; orders: number; last_seen: string | null };

export type ItemMatch = {
  item_id: string;
  title: string | null;
  price_minor: number | null;
  currency: string | null;
  buyers: number;
};
