#include "run/lane.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/table.h"
#include "step/fault.h"
#include "step/steps.h"
#include "sys/channel.h"

#ifdef HULL_STUB
#define FN_PARENT(fn) NULL
#define FN_INIT(fn)   fn
#else
#define FN_PARENT(fn) fn
#define FN_INIT(fn)   NULL
#endif

enum row { ROW_STEP, ROW_MEET, ROW_PART };

struct step {
	const char *name;
	enum row row;
	enum lane who;
	uint32_t need, unless; /* PF_ */
	int (*run)(struct run *run, struct err *e);
	void (*undo)(struct run *run);
};

#define STEP(who, name, need, unless, fn, back)                                                    \
	{name, ROW_STEP, LANE_##who, need, unless, FN_##who(fn), FN_##who(back)},
#define MEET(who, name, need, unless) {name, ROW_MEET, LANE_##who, need, unless, NULL, NULL},
#define PART(name)		      {name, ROW_PART, LANE_PARENT, 0, 0, NULL, NULL},
static const struct step create_steps[] = {
#include "step/steps.def"
};
static const struct step exec_steps[] = {
#include "step/exec-steps.def"
};
#undef STEP
#undef MEET
#undef PART

static const struct {
	const struct step *steps;
	unsigned n;
} lists[] = {
	[LIST_CREATE] = {create_steps, ARRAY_SIZE(create_steps)},
	[LIST_EXEC] = {exec_steps, ARRAY_SIZE(exec_steps)},
};

const char *create_step_name(unsigned step)
{
	return step < ARRAY_SIZE(create_steps) ? create_steps[step].name : NULL;
}

const char *exec_step_name(unsigned step)
{
	return step < ARRAY_SIZE(exec_steps) ? exec_steps[step].name : NULL;
}

unsigned lane_end(enum step_list list)
{
	return lists[list].n;
}

unsigned lane_part(enum step_list list, const char *name)
{
	for (unsigned i = 0; i < lists[list].n; i++)
		if (lists[list].steps[i].row == ROW_PART &&
		    strcmp(lists[list].steps[i].name, name) == 0)
			return i;
	return lists[list].n;
}

void lane_each(enum step_list list,
	       void (*fn)(enum lane lane, bool meet, const char *name, void *arg), void *arg)
{
	for (unsigned i = 0; i < lists[list].n; i++) {
		const struct step *s = &lists[list].steps[i];

		if (s->row != ROW_PART)
			fn(s->who, s->row == ROW_MEET, s->name, arg);
	}
}

static bool applies(const struct step *s, uint32_t features)
{
	return s->row != ROW_PART && (features & s->need) == s->need && !(features & s->unless);
}

static int meet(unsigned i, const struct step *s, struct run *run, struct err *e)
{
	int r;

	if (s->who == run->lane) {
		r = channel_tell(run->channel, i, run->give, e);
		close_keep_errno(&run->give);
		run->give = -1;
		return r;
	}
	return channel_await(run->channel, i, run->lane == LANE_PARENT ? &run->given : NULL, e);
}

static int do_step(unsigned i, const struct step *s, struct run *run, struct err *e)
{
	uint64_t began;
	int r;

	if (run->channel && run->channel->at)
		channel_note(run->channel, i);
	began = log_trace_begin();
	r = s->who == run->lane ? fault_injected(s->name, e) : 0;
	if (r == 0)
		r = s->row == ROW_MEET ? meet(i, s, run, e) : s->run(run, e);
	log_trace_end(began, s->name, run->lane, r);
	return r;
}

int lane_run(struct run *run, struct err *e)
{
	const struct step *steps = lists[run->list].steps;

	for (unsigned i = run->from; i < run->until; i++) {
		const struct step *s = &steps[i];
		int r;

		run->reached = i;
		if (!applies(s, run->features) || (s->who != run->lane && s->row != ROW_MEET))
			continue;
		r = do_step(i, s, run, e);
		if (r < 0)
			return err_in(e, r, s->name);
	}
	run->reached = run->until;
	return 0;
}

void lane_undo(struct run *run)
{
	const struct step *steps = lists[run->list].steps;
	unsigned i = run->reached < run->until ? run->reached + 1 : run->reached;

	/* The step that failed may have done half of its work: its undo is called as well. */
	while (i-- > run->from) {
		const struct step *s = &steps[i];

		if (s->who == run->lane && s->undo && applies(s, run->features))
			s->undo(run);
	}
}
