"use strict";
// What the scenarios stand on: Kalshi's official client, unmodified, pointed at a laboratory.

const { generateKeyPairSync, randomUUID } = require("node:crypto");
const { readFileSync } = require("node:fs");
const axios = require("axios");
const kalshi = require("kalshi-typescript");

const CLASSES = {
  account: kalshi.AccountApi,
  events: kalshi.EventsApi,
  exchange: kalshi.ExchangeApi,
  keys: kalshi.ApiKeysApi,
  markets: kalshi.MarketApi,
  orders: kalshi.OrdersApi,
  portfolio: kalshi.PortfolioApi,
};

// The client signs in a hook that it sets on the axios it is given, the global one by default: two identities on one
// axios would sign for each other. Only the first may have the global one.
function apis(rest, keyId, pem, http) {
  const configuration = new kalshi.Configuration({ apiKey: keyId, privateKeyPem: pem, basePath: rest });
  const made = {};
  for (const [name, Api] of Object.entries(CLASSES)) {
    made[name] = http === undefined ? new Api(configuration) : new Api(configuration, undefined, http);
  }
  return made;
}

function main(ready) {
  return apis(ready.kalshi.rest, ready.kalshi.key_id, readFileSync(ready.kalshi.private_key_pem, "utf8"));
}

function other(ready, keyId, pem, options = {}) {
  return apis(ready.kalshi.rest, keyId, pem, axios.create(options));
}

function strangersPem() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" });
}

// An answer, or the venue's refusal, as data; that no answer came is data too.
async function told(promise) {
  try {
    const answer = await promise;
    return { status: answer.status, body: answer.data };
  } catch (error) {
    if (error.response === undefined) {
      return { status: 0, body: error.code ?? error.message };
    }
    return { status: error.response.status, body: error.response.data };
  }
}

// An order as the venue wants it; `more` changes it. Prices in dollars, counts in contracts, both as strings.
function order(ticker, side, count, price, more = {}) {
  return {
    ticker,
    client_order_id: randomUUID(),
    side,
    count,
    price,
    time_in_force: "fill_or_kill",
    self_trade_prevention_type: "taker_at_cross",
    exchange_index: -1,
    ...more,
  };
}

// The best levels in YES prices: [price, count], both as the venue writes them; the ask is 1 - the best bid for NO.
async function best(apis, ticker) {
  const { orderbook_fp: book } = (await apis.markets.getMarketOrderbook(ticker)).data;
  const [bid] = book.yes_dollars.slice(-1);
  const [no] = book.no_dollars.slice(-1);
  const ask = no && [(10_000 - Math.round(Number(no[0]) * 10_000)) / 10_000, no[1]];
  return { bid, ask: ask && [ask[0].toFixed(4), ask[1]], book };
}

function moved(price, ticks) {
  return ((Math.round(Number(price) * 100) + ticks) / 100).toFixed(4);
}

module.exports = { best, main, moved, order, other, strangersPem, told };
