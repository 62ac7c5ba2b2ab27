"""The planted bugs, by contract ("module.name"); ``plants`` says how they are put in."""

from __future__ import annotations

from pairlock_specs.contracts.plants import Plant

_CEIL = Plant("units.ceil_div", "-((-numerator) // denominator)", "numerator // denominator")
_COST_DOWN = Plant(
    "units.cost_up_micros",
    "ceil_div(price_e4 * fill_e6, _PRICE_FILL_PER_MICRO)",
    "(price_e4 * fill_e6) // _PRICE_FILL_PER_MICRO",
)
_PROCEEDS_UP = Plant(
    "units.proceeds_down_micros",
    "(price_e4 * fill_e6) // _PRICE_FILL_PER_MICRO",
    "ceil_div(price_e4 * fill_e6, _PRICE_FILL_PER_MICRO)",
)
_FEE_DOWN = Plant(
    "fees._rounded_up",
    "ceil_div(numerator, denominator * schedule.round_micros)",
    "numerator // (denominator * schedule.round_micros)",
)
_FEE_TWICE = Plant(
    "fees.fee_micros",
    "_rounded_up(schedule, numerator, denominator)",
    "_rounded_up(schedule, 2 * numerator, denominator)",
)
_ONE_FILL = Plant("fees.fee_at_limit_micros", "(schedule.max_fills - 1)", "0")
_FEES_EACH = Plant("fees.fee_of_fills_micros", "if schedule.per_fill:", "if not schedule.per_fill:")
_HALF_HELD = Plant("ledger.posting", "max(0, cash - spent)", "max(0, cash - 2 * spent)")

PLANTS: dict[str, Plant] = {
    "units.ceil_div_is_the_least_whole_bound": _CEIL,
    "units.cost_is_never_below_the_exact": _COST_DOWN,
    "units.proceeds_are_never_above_the_exact": _PROCEEDS_UP,
    "units.buying_never_costs_less_than_selling_brings": Plant(
        "units.cost_up_micros", "ceil_div(price_e4 * fill_e6, ", "ceil_div(price_e4 * fill_e6 - 10_000, "
    ),
    "units.a_split_never_makes_a_purchase_cheaper": _COST_DOWN,
    "units.a_split_never_makes_a_sale_richer": _PROCEEDS_UP,
    "units.whole_sizes_cost_exactly": Plant("units.size_to_fill_e6", "* E6_PER_E2", "* E6_PER_E2 + 1"),
    "units.an_order_size_never_exceeds_its_fill": Plant(
        "units.fill_to_size_down_e2", "fill_e6 // E6_PER_E2", "ceil_div(fill_e6, E6_PER_E2)"
    ),
    "units.sizes_survive_the_way_to_fills_and_back": Plant(
        "units.fill_to_size_down_e2", "fill_e6 // E6_PER_E2", "(fill_e6 - 1) // E6_PER_E2"
    ),
    "units.without_an_amount_step_any_size_will_do": Plant(
        "units.amount_step_e2", "step_micros // gcd(price_e4, step_micros)", "gcd(price_e4, 100)"
    ),
    "fees.an_order_fee_is_never_below_the_exact_charge": _FEE_DOWN,
    "fees.a_fill_fee_is_never_below_the_exact_charge": _FEE_DOWN,
    "fees.a_squared_curve_is_never_charged_below_the_exact": _FEE_DOWN,
    "fees.a_flat_fee_is_never_below_the_exact_charge": Plant(
        "fees._fraction", "schedule.settlement_ppm * DOLLAR_E4", "0"
    ),
    "fees.an_order_fee_is_the_same_however_it_fills": _FEES_EACH,
    "fees.a_further_fill_adds_at_most_one_step": Plant(
        "fees.fee_of_fills_micros",
        "sum(_rounded_up(schedule, n, d) for n, d in parts)",
        "sum(_rounded_up(schedule, n, d) + schedule.round_micros for n, d in parts)",
    ),
    "fees.the_fee_at_the_limit_allows_one_step_for_every_further_fill": _ONE_FILL,
    "fees.the_fee_at_the_limit_covers_three_fills": _ONE_FILL,
    "fees.a_better_fill_of_an_order_exceeds_the_limit_by_one_rounding_only": _FEE_TWICE,
    "fees.above_half_a_dollar_one_rounding_more_is_held": Plant(
        "fees.spend_at_limit_micros", "limit_e4 > DOLLAR_E4 // 2", "limit_e4 > DOLLAR_E4"
    ),
    "fees.up_to_half_a_dollar_a_better_price_bears_no_higher_fee": Plant(
        "fees._fraction",
        "(price_e4 * (DOLLAR_E4 - price_e4))",
        "((DOLLAR_E4 - price_e4) * (DOLLAR_E4 - price_e4))",
    ),
    "fees.a_split_at_the_limit_stays_within_the_spend": Plant(
        "fees.spend_at_limit_micros", "spend_micros += schedule.max_fills", "spend_micros += 0"
    ),
    "fees.a_better_fill_exceeds_the_limit_by_roundings_only": _FEE_TWICE,
    "fees.a_higher_rate_never_lowers_a_fee": Plant(
        "fees.with_rate", "evolve(schedule, rate_ppm=rate_ppm)", "evolve(schedule, rate_ppm=rate_ppm - 1)"
    ),
    "fees.the_series_multiplier_is_rounded_up": Plant(
        "fees.kalshi_quadratic", "ceil_div(70_000 * multiplier_ppm, PPM)", "70_000 * multiplier_ppm // PPM"
    ),
    "book.an_order_takes_no_more_than_it_asks_or_is_offered": Plant(
        "book.walk", "min(left_e2, offered_e2)", "left_e2"
    ),
    "book.an_order_never_takes_a_level_beyond_its_limit": Plant(
        "book.walk", "price_e4 > limit_e4 if buying", "price_e4 > limit_e4 + 1 if buying"
    ),
    "book.depth_is_what_an_order_finds": Plant("book.depth_e2", "p <= limit_e4 if", "p < limit_e4 if"),
    "book.the_other_outcome_sees_the_same_depth": Plant(
        "book.mirrored", "DOLLAR_E4 - price_e4", "DOLLAR_E4 - price_e4 - 1"
    ),
    "ledger.an_account_adds_up": Plant("ledger.Account.free_micros", "- self.spent_micros", ""),
    "ledger.an_open_trade_ties_up_at_least_its_reservation": _HALF_HELD,
    "ledger.a_closed_trade_holds_nothing": Plant(
        "ledger.posting", "Posting(0, 0, 0 if paid", "Posting(0, spent, 0 if paid"
    ),
    "ledger.a_close_books_what_came_in_less_what_went_out": Plant(
        "ledger.posting", "payout_micros(trade, leg) - spent", "payout_micros(trade, leg)"
    ),
    "ledger.complete_sets_are_owed_until_they_are_paid": Plant(
        "ledger.posting", "(sets if paid else 0)", "sets"
    ),
    "ledger.a_step_posts_only_its_own_difference": Plant("ledger._posted", " - old.spent_micros", ""),
    "ledger.two_steps_post_what_one_would": Plant("ledger._posted", " - old.held_micros", ""),
    "ledger.no_lock_takes_more_than_is_free": Plant(
        "ledger.lock_refusal", " - ledger.repair_reserve_micros", ""
    ),
    "ledger.no_lock_exceeds_the_risk_cap": Plant(
        "ledger.Ledger.risk_micros", "a.held_micros + a.spent_micros", "a.held_micros"
    ),
    "ledger.a_paid_receivable_only_changes_its_bucket": Plant(
        "ledger.pay_receivable", "account.receivable_micros - item.amount_micros", "0"
    ),
    "ledger.an_adjustment_only_changes_the_deposits": Plant(
        "ledger.adjust",
        "account.deposits_micros + amount_micros",
        "account.deposits_micros + abs(amount_micros)",
    ),
    "exposure.the_dearest_fee_bounds_an_order_at_any_price": Plant(
        "exposure.dearest_fee_micros", "(DOLLAR_E4 // 2, DOLLAR_E4 - 1)", "(DOLLAR_E4 // 4, DOLLAR_E4 - 1)"
    ),
    "exposure.the_dearest_fee_bounds_an_order_of_rounded_fills": Plant(
        "exposure.dearest_fee_micros", "(DOLLAR_E4 // 2, DOLLAR_E4 - 1)", "(DOLLAR_E4 // 4, DOLLAR_E4 - 1)"
    ),
    "exposure.the_dearest_fee_bounds_two_orders": Plant(
        "exposure.dearest_fee_micros", " + schedule.order_extra_micros", ""
    ),
    "exposure.the_dearest_fee_bounds_two_orders_of_rounded_fills": Plant(
        "exposure.dearest_fee_micros", "schedule.max_fills if schedule.per_fill else 1", "1"
    ),
    "exposure.the_entry_is_reserved_in_full": Plant(
        "exposure.entry_cash_micros",
        "at_any_price += rounding_micros(leg.fees)\n"
        "    return max(at_any_price, spend_at_limit_micros(leg.fees, leg.limit_e4, size_e2))",
        "return at_any_price",
    ),
    "exposure.every_permitted_exit_is_reserved": Plant(
        "exposure.exit_cash_micros",
        "max(leg.dearest_buy_e4, DOLLAR_E4 - leg.cheapest_sale_e4)",
        "leg.dearest_buy_e4",
    ),
    "exposure.a_reservation_holds_entry_and_exit_of_both_legs": Plant(
        "exposure.reservation_for", "entries[1] + exits[1]", "max(entries[1], exits[1])"
    ),
    "exposure.the_declared_loss_bounds_every_permitted_exit": Plant(
        "exposure.exit_loss_bound_micros", "max(0, sell_e4, complete_e4)", "max(0, sell_e4)"
    ),
    "exposure.an_order_that_may_fill_counts_in_full": Plant(
        "positions.still_possible_e6", "order.state not in MAY_FILL", "order.state is not OS.OPEN"
    ),
    "exposure.the_worst_loss_of_an_entry_is_reserved": Plant(
        "exposure.reservation_for", "(entries[0] + exits[0], entries[1] + exits[1])", "(0, 0)"
    ),
    "exposure.only_a_final_sale_lowers_the_worst_loss": Plant(
        "positions.received_micros", "f.status is FillStatus.FINAL", "f.status is not FillStatus.FAILED"
    ),
    "gates.what_passes_is_profitable_in_the_worst_split": Plant(
        "gates._profitability", "net_micros = payout_micros - spend_micros", "net_micros = payout_micros"
    ),
    "gates.what_passes_earns_the_least_profit_a_contract": Plant(
        "gates._profitability", "net_micros * CONTRACT_E2 > least_micros * size_e2", "True"
    ),
    "gates.what_passes_is_on_the_book": Plant("gates._liquidity", "deep_e2 < given.size_e2", "deep_e2 < 1"),
    "gates.an_old_or_future_book_never_passes": Plant(
        "gates._latency", "0 <= age_ms <= gates.max_book_age_ms", "age_ms <= gates.max_book_age_ms + 1"
    ),
    "gates.a_slow_or_silent_venue_never_passes": Plant(
        "gates._platform", "0 <= leg.p50_ping_ms < most_ms", "0 <= leg.p50_ping_ms <= most_ms"
    ),
    "gates.what_passes_can_be_paid": Plant(
        "gates._balance",
        "0 < leg.needed_micros <= leg.balance_micros",
        "leg.needed_micros <= leg.balance_micros",
    ),
    "gates.an_unreviewed_pair_never_passes": Plant("gates._resolution", "given.reviewed is True", "True"),
    "gates.what_passes_can_be_left_within_the_bound": Plant(
        "exit_bound._stressed", "size_e2 * stress_ppm // PPM", "size_e2"
    ),
    "gates.nothing_to_trade_never_passes": Plant("gates.judge", "given.size_e2 <= 0", "given.size_e2 < 0"),
    "gates.one_refusal_is_enough": Plant(
        "gates.first_refusal", "for verdict in verdicts if", "for verdict in verdicts[:6] if"
    ),
    "gates.the_median_ping_is_one_that_half_do_not_beat": Plant("gates.p50_ms", "len(pings_ms) // 2", "0"),
    "gates.a_sale_on_half_the_depth_is_declared_in_full": Plant(
        "exit_bound._stressed", "size_e2 * stress_ppm // PPM", "size_e2"
    ),
    "sizing.what_is_affordable_fits_the_budget": Plant(
        "sizing._affordable_e2", " + opportunity.fees_total_micros", ""
    ),
    "sizing.a_size_stays_within_depth_and_limit": Plant(
        "sizing.calculate_safe_position_size", "max(seen_b_e2, 0)", "max(seen_a_e2, 0)"
    ),
    "sizing.a_size_stays_within_its_share_of_the_capital": Plant(
        "sizing.calculate_safe_position_size", "limits.size.max_capital_share_ppm // PPM", "PPM // PPM"
    ),
    "sizing.a_thin_margin_is_traded_at_half": Plant(
        "sizing.calculate_safe_position_size",
        "opportunity.net_profit_micros > limits",
        "opportunity.net_profit_micros >= limits",
    ),
    "sizing.poor_health_never_raises_a_size": Plant(
        "sizing.calculate_safe_position_size", "min(max(health_ppm, 0), PPM)", "max(health_ppm, 0)"
    ),
    "exits.a_sale_never_exceeds_what_is_held": Plant(
        "exits._sale", "size_e2 == offered_e2", "size_e2 == offered_e2 and (size_e2 := size_e2 + 1)"
    ),
    "exits.a_purchase_never_exceeds_its_need_or_its_cash": Plant(
        "exits._buy", "<= need.cash_micros", "<= need.cash_micros + 1"
    ),
    "exits.an_exit_never_takes_a_net_below_nothing": Plant(
        "exits.plan_exit",
        "fill_to_size_down_e2(nets[leg] - nets[1 - leg])",
        "fill_to_size_down_e2(nets[leg])",
    ),
    "exits.no_exit_while_an_order_may_fill": Plant("exits.exits_due", "return known and final and", "return"),
    "exits.cash_that_may_still_be_spent_is_not_left": Plant(
        "exits.cash_left_micros",
        "reckoned_micros(order, fees) + cost_up_micros(order.limit_e4, left_e6)",
        "reckoned_micros(order, fees)",
    ),
    "lifecycle.a_step_goes_where_its_row_says": Plant(
        "machine.TableMachine.advance", "return after\n    if after", "return state\n    if after"
    ),
    "lifecycle.a_closed_trade_never_moves": Plant(
        "machine.TableMachine.advance",
        "raise Refused(state, event, line.reason, line.why)",
        "return self.table.states[0]",
    ),
    "lifecycle.only_a_durable_entry_begins_execution": Plant(
        "machine.TableMachine.advance",
        "raise Refused(state, event, line.reason, line.why)",
        "return self.table.states[3]",
    ),
    "lifecycle.only_payouts_settle": Plant(
        "machine.TableMachine.advance",
        "raise Refused(state, event, line.reason, line.why)",
        "return self.table.states[7]",
    ),
    "lifecycle.a_final_order_never_moves": Plant(
        "machine.TableMachine.advance", "raise Refused(state, event, line.reason, line.why)", "return state"
    ),
    "lifecycle.not_found_never_ends_an_order": Plant(
        "machine.TableMachine.advance",
        "return after\n    if after",
        "return self.table.states[-1]\n    if after",
    ),
}
