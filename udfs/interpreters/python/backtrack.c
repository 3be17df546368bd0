// How regular expressions match, in the place of MicroPython's recursive matcher: its backtracking has a stack of its
// own on the heap, so that a long text needs memory, and not recursion. Included by extmod/modre.c.
#include "re1.5.h"

// What to do when the way taken so far leads nowhere: go another way, or restore a group's bound before that.
struct step {
    const char *pc; // NULL: a bound
    const char *sp; // or the bound's value
    unsigned bound;
};

struct steps {
    struct step *list;
    size_t count;
    size_t room;
};

static void push(struct steps *steps, const char *pc, const char *sp, unsigned bound) {
    if (steps->count == steps->room) {
        size_t room = steps->room ? 2 * steps->room : 32;
        steps->list = m_renew(struct step, steps->list, steps->room, room);
        steps->room = room;
    }
    steps->list[steps->count++] = (struct step) { pc, sp, bound };
}

// Goes on here, and otherwise there; not when the way here has been at the same place in both before: it then goes
// round in a loop whose body matches nothing.
static bool split(struct steps *steps, const char *otherwise, const char *sp) {
    for (size_t i = steps->count; i > 0; i--) {
        const struct step *step = &steps->list[i - 1];
        if (step->pc && step->sp != sp) {
            break;
        }
        if (step->pc == otherwise) {
            return false;
        }
    }
    push(steps, otherwise, sp, 0);
    return true;
}

static bool match(const char *pc, const char *sp, Subject *input, const char **subp, unsigned nsubp, struct steps *steps) {
    for (;;) {
        bool goes_on = !inst_is_consumer(*pc) || sp < input->end;
        if (goes_on) {
            int offset;
            switch (*pc++) {
                case Char:
                    goes_on = *sp == *pc++;
                    sp++;
                    break;
                case Any:
                    sp++;
                    break;
                case Class:
                case ClassNot:
                    goes_on = _re1_5_classmatch(pc, sp);
                    pc += *(const unsigned char *)pc * 2 + 1;
                    sp++;
                    break;
                case NamedClass:
                    goes_on = _re1_5_namedclassmatch(pc, sp);
                    pc++;
                    sp++;
                    break;
                case Match:
                    return true;
                case Jmp:
                    offset = (signed char)*pc++;
                    pc += offset;
                    break;
                case Split:
                    offset = (signed char)*pc++;
                    goes_on = split(steps, pc + offset, sp);
                    break;
                case RSplit:
                    offset = (signed char)*pc++;
                    goes_on = split(steps, pc, sp);
                    pc += offset;
                    break;
                case Save: {
                    unsigned bound = (unsigned char)*pc++;
                    if (bound < nsubp) {
                        push(steps, NULL, subp[bound], bound);
                        subp[bound] = sp;
                    }
                    break;
                }
                case Bol:
                    goes_on = sp == input->begin_line;
                    break;
                case Eol:
                    goes_on = sp == input->end;
                    break;
            }
        }
        while (!goes_on) {
            if (!steps->count) {
                return false;
            }
            const struct step *last = &steps->list[--steps->count];
            sp = last->sp;
            if (last->pc) {
                pc = last->pc;
                goes_on = true;
            } else {
                subp[last->bound] = sp;
            }
        }
    }
}

int re1_5_recursiveloopprog(ByteProg *prog, Subject *input, const char **subp, int nsubp, int is_anchored) {
    struct steps steps = { 0 };
    bool matched = match(HANDLE_ANCHORED(prog->insts, is_anchored), input->begin, input, subp, nsubp, &steps);
    m_del(struct step, steps.list, steps.room);
    return matched;
}
