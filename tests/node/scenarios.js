"use strict";
// One scenario of an official client: `node scenarios.js NAME READY.json [TICKER]` prints what it saw as one JSON line.
// What must be true of it is judged in tests/test_node_clients.py, against the venue's own truth.

const { readFileSync } = require("node:fs");
const { best, main, moved, order, other, strangersPem, told } = require("./kit.js");

const scenarios = {
  async reads_what_is_public({ mine, ticker }) {
    const market = (await mine.markets.getMarket(ticker)).data.market;
    return {
      status: (await mine.exchange.getExchangeStatus()).data,
      markets: (await mine.markets.getMarkets()).data.markets.map((each) => each.ticker),
      market,
      event: (await mine.events.getEvent(market.event_ticker)).data.event,
      events: (await mine.events.getEvents()).data.events.map((each) => each.event_ticker),
      book: (await mine.markets.getMarketOrderbook(ticker)).data,
      books: (await mine.markets.getMarketOrderbooks([ticker])).data,
      trades: (await mine.markets.getTrades()).data.trades,
    };
  },

  async pages_through_markets({ mine }) {
    const seen = [];
    let cursor;
    for (let page = 0; page < 20; page += 1) {
      const { data } = await mine.markets.getMarkets(1, cursor);
      seen.push(...data.markets.map((each) => each.ticker));
      cursor = data.cursor;
      if (!cursor) break;
    }
    return { seen };
  },

  async fills_a_fill_or_kill({ mine, ticker }) {
    const before = (await mine.portfolio.getBalance()).data;
    const { ask } = await best(mine, ticker);
    const sent = order(ticker, "bid", "10.00", ask[0]);
    const answer = await told(mine.orders.createOrderV2(sent));
    return {
      sent,
      ask,
      answer,
      before,
      after: (await mine.portfolio.getBalance()).data,
      order: (await mine.orders.getOrder(answer.body.order_id)).data.order,
      fills: (await mine.portfolio.getFills(ticker)).data.fills,
      positions: (await mine.portfolio.getPositions()).data.market_positions,
    };
  },

  // Buying NO at q is an ask at 1 - q.
  async buys_no_as_an_ask({ mine, ticker }) {
    const { bid } = await best(mine, ticker);
    const sent = order(ticker, "ask", "5.00", bid[0]);
    return {
      sent,
      answer: await told(mine.orders.createOrderV2(sent)),
      fills: (await mine.portfolio.getFills(ticker)).data.fills,
      positions: (await mine.portfolio.getPositions()).data.market_positions,
    };
  },

  async is_killed_and_its_id_is_used_up({ mine, ticker }) {
    const { ask } = await best(mine, ticker);
    const sent = order(ticker, "bid", "10.00", moved(ask[0], -1));
    const killed = await told(mine.orders.createOrderV2(sent));
    const again = await told(mine.orders.createOrderV2({ ...sent, price: ask[0] }));
    return { sent, killed, again, fills: (await mine.portfolio.getFills(ticker)).data.fills };
  },

  async meets_a_duplicate_id({ mine, ticker }) {
    const { ask } = await best(mine, ticker);
    const sent = order(ticker, "bid", "2.00", ask[0]);
    const first = await told(mine.orders.createOrderV2(sent));
    return { sent, first, again: await told(mine.orders.createOrderV2(sent)) };
  },

  async fills_part_of_an_immediate_or_cancel({ mine, ticker }) {
    const { ask } = await best(mine, ticker);
    const more = (Number(ask[1]) + 7).toFixed(2);
    const ioc = { time_in_force: "immediate_or_cancel" };
    const part = await told(mine.orders.createOrderV2(order(ticker, "bid", more, ask[0], ioc)));
    const miss = await told(mine.orders.createOrderV2(order(ticker, "bid", "3.00", moved(ask[0], -1), ioc)));
    return { ask, part, miss, missed: (await mine.orders.getOrder(miss.body.order_id)).data.order };
  },

  async rests_amends_decreases_and_cancels({ mine, ticker }) {
    const { bid } = await best(mine, ticker);
    const price = moved(bid[0], -2);
    const sent = order(ticker, "bid", "20.00", price, { time_in_force: "good_till_canceled" });
    const placed = await told(mine.orders.createOrderV2(sent));
    const id = placed.body.order_id;
    const resting = (await mine.orders.getOrders(ticker, undefined, undefined, undefined, "resting")).data.orders;
    const queue = await told(mine.orders.getOrderQueuePosition(id));
    const decreased = await told(mine.orders.decreaseOrderV2(id, { reduce_by: "5.00" }));
    const lower = { ticker, side: "bid", count: "12.00", price: moved(price, -1) };
    const amended = await told(mine.orders.amendOrderV2(id, lower));
    const now = (await mine.orders.getOrder(amended.body.order_id ?? id)).data.order;
    const canceled = await told(mine.orders.cancelOrderV2(now.order_id));
    const again = await told(mine.orders.cancelOrderV2(now.order_id));
    const after = (await mine.orders.getOrder(now.order_id)).data.order;
    return { sent, placed, resting, queue, decreased, amended, now, canceled, again, after };
  },

  async refuses_a_post_only_that_crosses({ mine, ticker }) {
    const { ask } = await best(mine, ticker);
    const more = { time_in_force: "good_till_canceled", post_only: true };
    return { answer: await told(mine.orders.createOrderV2(order(ticker, "bid", "1.00", ask[0], more))) };
  },

  async sends_and_cancels_batches({ mine, ticker }) {
    const { ask, bid } = await best(mine, ticker);
    const resting = { time_in_force: "good_till_canceled" };
    const low = moved(bid[0], -3);
    const orders = [
      order(ticker, "bid", "1.00", ask[0]),
      order(ticker, "bid", "2.00", low, resting),
      order(ticker, "bid", "3.00", low, resting),
      order(ticker, "bid", "4.00", moved(ask[0], -1)),
    ];
    const placed = await told(mine.orders.batchCreateOrdersV2({ orders }));
    const live = placed.body.orders.filter((each) => Number(each.remaining_count ?? 0) > 0);
    const ids = [...live.slice(0, 1).map((each) => each.order_id), "no-such-order"];
    const canceled = await told(
      mine.orders.batchCancelOrdersV2({ orders: ids.map((order_id) => ({ order_id })) }),
    );
    const all = await told(mine.orders.cancelAllOrders());
    const left = (await mine.orders.getOrders(ticker, undefined, undefined, undefined, "resting")).data.orders;
    return { orders, placed, canceled, all, left };
  },

  async is_refused_with_a_forged_signature({ ready, ticker }) {
    const forger = other(ready, ready.kalshi.key_id, strangersPem());
    return {
      balance: await told(forger.portfolio.getBalance()),
      order: await told(forger.orders.createOrderV2(order(ticker, "bid", "1.00", "0.9900"))),
    };
  },

  async is_refused_with_a_foreign_key({ mine, ready, ticker }) {
    const stranger = other(ready, "00000000-0000-4000-8000-000000000000", strangersPem());
    return {
      balance: await told(stranger.portfolio.getBalance()),
      order: await told(stranger.orders.createOrderV2(order(ticker, "bid", "1.00", "0.9900"))),
      own: (await mine.portfolio.getBalance()).status,
    };
  },

  async reads_its_account({ mine, ticker }) {
    return {
      balance: await told(mine.portfolio.getBalance()),
      positions: await told(mine.portfolio.getPositions()),
      fills: await told(mine.portfolio.getFills(ticker)),
      orders: await told(mine.orders.getOrders(ticker)),
      settlements: await told(mine.portfolio.getSettlements()),
      limits: await told(mine.account.getAccountApiLimits()),
    };
  },

  // A second identity has an axios of its own, and sees and moves nothing of the first.
  async is_another_account({ mine, ready, ticker }) {
    const second = JSON.parse(readFileSync(process.env.IDENTITY, "utf8"));
    const its = other(ready, second.key_id, readFileSync(second.private_key_pem, "utf8"));
    const { bid } = await best(mine, ticker);
    const rests = { time_in_force: "good_till_canceled" };
    const placed = await told(mine.orders.createOrderV2(order(ticker, "bid", "5.00", moved(bid[0], -1), rests)));
    return {
      placed,
      balance: (await its.portfolio.getBalance()).data,
      orders: (await its.orders.getOrders(ticker)).data.orders,
      positions: (await its.portfolio.getPositions()).data.market_positions,
      order: await told(its.orders.getOrder(placed.body.order_id)),
      cancel: await told(its.orders.cancelOrderV2(placed.body.order_id)),
      buys: await told(its.orders.createOrderV2(order(ticker, "bid", "1.00", "0.9900"))),
      still: (await mine.orders.getOrder(placed.body.order_id)).data.order,
    };
  },

  async reads_its_settlements({ mine }) {
    return {
      settlements: (await mine.portfolio.getSettlements()).data.settlements,
      balance: (await mine.portfolio.getBalance()).data,
      markets: (await mine.markets.getMarkets()).data.markets,
    };
  },

  // The answer is lost and the order is not: it is found again by the id that its sender gave it.
  async finds_an_order_whose_answer_was_lost({ ready, mine, ticker }) {
    const { ask } = await best(mine, ticker);
    const pem = readFileSync(ready.kalshi.private_key_pem, "utf8");
    const hasty = other(ready, ready.kalshi.key_id, pem, { timeout: 1500 });
    const sent = order(ticker, "bid", "6.00", ask[0]);
    const answer = await told(hasty.orders.createOrderV2(sent));
    const { orders } = (await mine.orders.getOrders(ticker)).data;
    return { sent, answer, found: orders.filter((each) => each.client_order_id === sent.client_order_id) };
  },
};

async function run([name, file, ticker]) {
  const ready = JSON.parse(readFileSync(file, "utf8"));
  const told = await scenarios[name]({
    ready,
    mine: main(ready),
    ticker: ticker ?? ready.pairs[0].kalshi_ticker,
  });
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

run(process.argv.slice(2)).catch((error) => {
  const said = error.response === undefined ? "" : ` ${error.response.status} ${JSON.stringify(error.response.data)}`;
  process.stderr.write(`${error.stack}${said}\n`);
  process.exit(1);
});
