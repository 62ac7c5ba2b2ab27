/* The truth: everything outside the engine. Quantities are in 1/1,000,000 contract. */
typedef Order {
  byte spec;      /* which order was sent: its row in SPECS (tables.h), from 1 */
  byte id;        /* its id: a number in the table; the commands of the engine name it */
  byte leg;
  byte role;
  int  size;
  byte wire;      /* EMPTY: no such order yet */
  byte n;         /* how many fills it has */
  int  q[FILLS];  /* how much each of them is */
  byte st[FILLS]  /* PENDING, FINAL or FAILED */
};

Order o[SLOTS];
byte  orders;     /* how many were sent */
short part = -1;  /* the part of the scope; -1 before the gates */
byte  resolution; /* how the markets resolved */
byte  crashed;
byte  killed;
short blows_left;
short alarms_left;
short grants_left;
short odd_left;

/* The engine: the number of its canonical trade, and what follows from that number (tables.h). */
int  trade;
byte state  = STATE_0;   /* its label */
int  stands = STANDS_0;  /* which commands stand for the trade, a bit each */
int  follow;             /* for which order ids FollowOrder stands, a bit each */
int  cancel;             /* CancelOrder */
int  watch;              /* WatchOverdue */

/* Only within a step; 0 in every state. */
byte fresh;       /* how many orders the step sent */
byte wrong;       /* what broke; nothing goes on from there */

#define OPEN             (state < SETTLED)
#define GOING            (OPEN && wrong == 0)
#define EXISTS(i)        (o[i].wire != EMPTY)
#define STANDS(bit)      ((stands >> (bit)) & 1)
#define FOLLOWED(i)      (EXISTS(i) && ((follow >> o[i].id) & 1))
#define CANCELLED(i)     (EXISTS(i) && ((cancel >> o[i].id) & 1))
#define WATCHED(i)       (EXISTS(i) && ((watch >> o[i].id) & 1))
#define MATCHED(i)       ($matched)
#define LEFT(i)          (o[i].size > MATCHED(i) -> o[i].size - MATCHED(i) : 0)
#define WHOLE(i, k)      ((k) * CONTRACT < LEFT(i) -> (k) * CONTRACT : 0)
#define MAY_FAIL(leg)    ((leg) == PENDING_LEG)

/* Effects. */
#define ADD_FILL(i, quantity) \
  o[i].q[o[i].n] = quantity; o[i].st[o[i].n] = (MAY_FAIL(o[i].leg) -> PENDING : FINAL); o[i].n = o[i].n + 1
#define CLOSE_IF_FULL(i) o[i].wire = (LEFT(i) == 0 -> CLOSED : o[i].wire)
#define REWIRE(i, old, new) o[i].wire = (o[i].wire == old -> new : o[i].wire)

/* What the claims speak of. */
#define ALIVE(i)         (o[i].wire == DURABLE || o[i].wire == FLIGHT || o[i].wire == LIVE)
#define UNDECIDED(i)     ($undecided)
#define FINALLY(i)       ($finally_)
#define STANDING(i)      ($standing)
#define SOMETHING(i)     (FINALLY(i) > 0)
#define SIGN(i)          ((o[i].role == ENTRY || o[i].role == COMPLETE) -> 1 : -1)
#define PART_NET(i, l)   ((EXISTS(i) && o[i].leg == (l)) -> SIGN(i) * FINALLY(i) : 0)
#define PART_SIZED(i, l) ((EXISTS(i) && o[i].leg == (l)) -> \
                          SIGN(i) * (STANDING(i) < o[i].size -> STANDING(i) : o[i].size) : 0)
#define NET(l)           ($net)
#define SIZED_NET(l)     ($sized)
#define PAIR             (NET(0) == NET(1) && NET(0) > 0)
#define FLAT             (NET(0) == 0 && NET(1) == 0)
#define KNOWN_OR_FOLLOWED(i) (!(ALIVE(i) || UNDECIDED(i)) || FOLLOWED(i))
#define DISTINCT(i, j)   (!EXISTS(j) || (o[i].id != o[j].id && \
                          !(o[i].role == ENTRY && o[j].role == ENTRY && o[i].leg == o[j].leg)))
#define NEW(i)           ((i) < orders && (i) + fresh >= orders)
#define OLD_AND_ALIVE(i) ((i) + fresh < orders && ALIVE(i))
#define TAKES(i)         (o[i].role == SELL || o[i].role == COMPLEMENT)
#define OTHER_NET(i)     (o[i].leg == 0 -> NET(1) : NET(0))
#define OWN_NET(i)       (o[i].leg == 0 -> NET(0) : NET(1))
#define GAP(i)           (OTHER_NET(i) - OWN_NET(i) > 0 - OWN_NET(i) -> OTHER_NET(i) - OWN_NET(i) : 0 - OWN_NET(i))
#define ROOM(i)          (TAKES(i) -> OWN_NET(i) - OTHER_NET(i) : GAP(i))
#define FITS(i)          (!NEW(i) || !TAKES(i) || o[i].size <= OWN_NET(i))
#define SHRINKS(i)       (!NEW(i) || o[i].role == ENTRY || (0 < o[i].size && o[i].size <= ROOM(i)))

/* What the engine hears. `learns`: whether the word teaches it anything. `hear`: it takes its step: the next trade,
   and the orders that it sends. Both look the word up in the table; a word that the table does not know is an error. */
c_code {
static Heard ear(int word, int slot, int number, int words, int late, int total, int fills)
{
  Heard h;
  int n;
  memset(&h, 0, sizeof h);
  h.word = word; h.crashed = now.crashed; h.number = number; h.words = words; h.late = late;
  if (slot >= 0) h.spec = now.o[slot].spec;
  for (n = 0; slot >= 0 && n < now.o[slot].n; n++) {
    if (total) h.total += now.o[slot].q[n];
    if (fills) { h.n = n + 1; h.q[n] = now.o[slot].q[n]; h.st[n] = now.o[slot].st[n]; }
  }
  return h;
}

static int learns(int word, int slot, int number, int words, int late, int total, int fills)
{
  Heard h = ear(word, slot, number, words, late, total, fills);
  const Row *row = looked_up(now.trade, &h);
  return row == NULL || row->to < 0 || row->to != now.trade || row->sends != 0;
}

static void hear(int word, int slot, int number, int words, int late, int total, int fills)
{
  Heard h = ear(word, slot, number, words, late, total, fills);
  const Row *row = looked_up(now.trade, &h);
  int n;
  if (row == NULL) { now.wrong = OUTSIDE; return; }
  if (row->to < 0) { now.wrong = REFUSES; return; }
  now.trade = row->to;
  now.state = SHELL[row->to].state; now.stands = SHELL[row->to].stands;
  now.follow = SHELL[row->to].follow; now.cancel = SHELL[row->to].cancel; now.watch = SHELL[row->to].watch;
  for (n = 0; n < SENT[row->sends].count; n++) {
    const Spec *s = &SPECS[SENT[row->sends].spec[n]];
    if (now.orders == SLOTS) { now.wrong = OUTSIDE; return; }
    now.o[now.orders].spec = SENT[row->sends].spec[n];
    now.o[now.orders].id = s->id; now.o[now.orders].leg = s->leg; now.o[now.orders].role = s->role;
    now.o[now.orders].size = s->size; now.o[now.orders].wire = DURABLE;
    now.orders++; now.fresh++;
  }
}
};
#define LEARNS(word, slot, number, words, late, total, fills) \
  c_expr { learns (word, slot, number, words, late, total, fills) }
#define HEAR(word, slot, number, words, late, total, fills) \
  c_code { hear(word, slot, number, words, late, total, fills); }
