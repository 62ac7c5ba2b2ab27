// Times Kalshi's own client at signing an order's headers: node bench_signing.js NODE_MODULES PEM_FILE PATH ROUNDS
// Prints a JSON array of nanoseconds. Called by bench_signing.py.
'use strict';
const fs = require('fs');
const { KalshiAuth } = require(process.argv[2] + '/kalshi-typescript/dist/auth.js');
const auth = new KalshiAuth('a'.repeat(36), fs.readFileSync(process.argv[3], 'utf8'));
const times = [];
for (let turn = -200; turn < Number(process.argv[5]); turn += 1) {
  const began = process.hrtime.bigint();
  auth.generateAuthHeaders('POST', process.argv[4]);
  const took = Number(process.hrtime.bigint() - began);
  if (turn >= 0) times.push(took);
}
console.log(JSON.stringify(times));
