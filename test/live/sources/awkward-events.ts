// Events with what a way through a database could change: digits, microseconds, characters, NULL and ''.

import type { EventRow } from 'dayfile'

/** In the order of their time. */
export function awkwardEvents(day: string): EventRow[] {
  const at = (time: string): string => `${day}T${time}Z`
  return [
    {
      profile_id: null,
      event_type: 'subscription_started',
      event_datetime: at('00:00:00.000000'),
      transaction_id: '',
      revenue_usd: '0.1',
      proceeds_usd: '12345678901234567.89',
      net_revenue_usd: '-0.000001',
      tax_amount_usd: '0',
      revenue_local: '10.00',
      proceeds_local: '0.30000000000000004',
      ab_test_revision: '9007199254740993',
      paywall_revision: '-9223372036854775808',
      install_date: at('00:00:00.000001'),
    },
    {
      profile_id: '',
      event_type: 'subscription_renewed',
      event_datetime: at('12:00:00.123456'),
      customer_user_id: 'tab\t, "quote", \\N \\. back\\slash',
      product_id: 'two\r\nlines',
      paywall_name: '👩‍👩‍👧 Größe ‮ 名前 é é',
      ab_test_name: ' blanks ',
      device: '\\.',
    },
    // The same moment twice: whose order must not change.
    ...['b', 'a', 'c'].map((profile_id) => ({
      profile_id,
      event_type: 'trial_started',
      event_datetime: at('12:00:00.123457'),
    })),
    {
      profile_id: 'last',
      event_type: 'subscription_refunded',
      event_datetime: at('23:59:59.999999'),
      revenue_usd: '-99999999999999999999.999999999999',
      subscription_expires_at: '2299-12-31T23:59:59.999999Z',
    },
  ]
}
