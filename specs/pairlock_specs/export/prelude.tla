EXTENDS Integers, Sequences, TLC, PairlockTables

VARIABLES
  trade,        \* the engine: the number of its canonical trade, a row of the tables
  orders,       \* the truth: what was sent, in order, and what became of it; quantities in 1/1,000,000 contract
  part,         \* the part of the scope; 0 before the gates
  resolution,   \* how the markets resolved; "" while they are open
  crashed,      \* how often the engine crashed and restarted
  killed,       \* whether an operator's kill came
  blows_left,   \* how many kills and crashes may still come, together
  alarms_left,  \* how many overdue alarms
  grants_left,  \* how many grants of an operator
  odd_left      \* how many fills a millionth short of the order or above it

vars == <<trade, orders, part, resolution, crashed, killed, blows_left, alarms_left, grants_left, odd_left>>

-----------------------------------------------------------------------------
(* The engine, as far as the world sees it. *)

Label          == Shells[trade].state
Closed         == Label \in {"SETTLED", "ROLLED_BACK", "HEDGED"}
Stands(what)   == what \in Shells[trade].stands
Followed(i)    == Stands(<<"FollowOrder", orders[i].id>>)

Sent(n) == [spec |-> n, id |-> Specs[n].id, leg |-> Specs[n].leg, role |-> Specs[n].role, size |-> Specs[n].size,
            wire |-> "DURABLE", fills |-> <<>>]

(* The engine hears a word and takes its step; `os` are the orders as the action left them. What it sends is durable
   from then on. A word that the table does not know is an error: the explorer never met it. *)
Hear(word, os) ==
  LET known == {row \in Steps[trade] : row[1] = word} IN
  /\ Assert(known # {}, <<"the table does not know this word for this trade", trade, word>>)
  /\ \E row \in known :
       /\ Assert(row[2] > 0, <<"19-never-refused", trade, word>>)
       /\ trade' = row[2]
       /\ orders' = os \o [n \in DOMAIN row[3] |-> Sent(row[3][n])]

-----------------------------------------------------------------------------
(* The truth about one order. *)

RECURSIVE Sum(_)
Sum(s) == IF s = <<>> THEN 0 ELSE Head(s) + Sum(Tail(s))

Count(o, statuses) == Sum([n \in DOMAIN o.fills |-> IF o.fills[n].status \in statuses THEN o.fills[n].e6 ELSE 0])

Total(o)     == Count(o, {"pending", "final", "failed"})
Left(o)      == IF o.size > Total(o) THEN o.size - Total(o) ELSE 0
Alive(o)     == o.wire \in {"DURABLE", "FLIGHT", "LIVE"}
Undecided(o) == \E n \in DOMAIN o.fills : o.fills[n].status = "pending"

(* What of it may match: whole contracts, and all that is left. *)
WholeMatches(o) == ({k * Contract : k \in 1..(Left(o) \div Contract)} \cup {Left(o)}) \ {0}
OddMatches(o)   == IF Left(o) <= 1 \/ o.leg # PendingLeg THEN {}
                   ELSE {Left(o) - 1} \cup (IF o.role = "sell" THEN {} ELSE {Left(o) + 1})
PendingFills(o) == {n \in DOMAIN o.fills : o.fills[n].status = "pending"}

(* Effects: the orders after them. *)
OnWire(os, i, wire)           == [os EXCEPT ![i].wire = wire]
Rewired(os, old, new)         == [i \in DOMAIN os |-> IF os[i].wire = old THEN [os[i] EXCEPT !.wire = new] ELSE os[i]]
Filled(os, i, e6)             == [os EXCEPT ![i].fills = Append(@,
                                   [e6 |-> e6, status |-> IF os[i].leg = PendingLeg THEN "pending" ELSE "final"])]
ClosedIfFull(os, i)           == IF Left(os[i]) = 0 THEN OnWire(os, i, "CLOSED") ELSE os
SettledFill(os, i, n, status) == [os EXCEPT ![i].fills[n].status = status]

-----------------------------------------------------------------------------
(* The truth about the trade. *)

Sign(o)          == IF o.role \in {"entry", "complete"} THEN 1 ELSE -1
Net(os, leg)     == Sum([i \in DOMAIN os |-> IF os[i].leg = leg THEN Sign(os[i]) * Count(os[i], {"final"}) ELSE 0])
AtMost(a, b)     == IF a < b THEN a ELSE b
SizedNet(leg)    == Sum([i \in DOMAIN orders |->
                      IF orders[i].leg # leg THEN 0
                      ELSE Sign(orders[i]) * AtMost(orders[i].size, Count(orders[i], {"pending", "final"}))])
SomethingFinal   == \E i \in DOMAIN orders : Count(orders[i], {"final"}) > 0
Pair             == Net(orders, 0) = Net(orders, 1) /\ Net(orders, 0) > 0
Flat             == Net(orders, 0) = 0 /\ Net(orders, 1) = 0
ExitsOnFinal     == part > 0 => Parts[part].exit_on = "final"

(* By how much an exit may move its leg's net: down to the other leg's, or up to it (and out of the negative). *)
Room(os, o) ==
  LET own == Net(os, o.leg)  other == Net(os, 1 - o.leg) IN
  IF o.role \in {"sell", "complement"} THEN own - other
  ELSE IF other - own > 0 - own THEN other - own ELSE 0 - own

(* The orders that a step sends. *)
New == (Len(orders) + 1)..Len(orders')
