/* SPDX-License-Identifier: Apache-2.0 */
/* Named sets of codes, as reports and rules speak of them. A code may be in several. */
#include "sip/codes_data.h"

#include "base/text.h"

/* clang-format off */
const struct code_set codes_sets[] = {
	{ "1xx", "1xx", "", { "provisional answers", "предварительные ответы" } },
	{ "2xx", "2xx", "", { "success", "успешное завершение" } },
	{ "3xx", "3xx", "", { "redirection", "переадресация" } },
	{ "4xx", "4xx", "", { "request failures", "отказы по запросу" } },
	{ "5xx", "5xx", "", { "server failures", "отказы сервера" } },
	{ "6xx", "6xx", "", { "global failures", "глобальные отказы" } },
	{ "@challenge", "401 407", "",
	  { "asks for credentials: neutral, never a failure by itself",
	    "запрос учётных данных: сам по себе не отказ" } },
	{ "@reject", "401 403 407", "",
	  { "only after credentials were given: authentication failed",
	    "только после передачи учётных данных: аутентификация не удалась" } },
	{ "@forbidden", "403 603 607 608", "",
	  { "refused by policy; who refused whom decides what it means",
	    "отказ по правилам; смысл зависит от того, кто кому отказал" } },
	{ "@notfound", "404 410 484 485 604", "",
	  { "no such number: a scan or wrong routing",
	    "нет такого номера: перебор номеров или ошибка маршрутизации" } },
	{ "@busy", "486 600", "17", { "callee busy", "абонент занят" } },
	{ "@noanswer", "480 487 408", "18 19",
	  { "normal behaviour of people; 408 only after ringing",
	    "обычное поведение людей; 408 — только после вызывного сигнала" } },
	{ "@timeout", "408 504 0", "",
	  { "no answer from the peer (0: no reply at all)",
	    "удалённая сторона не отвечает (0: ответа не было вовсе)" } },
	{ "@congestion", "503 500 502 580", "34 38 41 42 47",
	  { "trouble of the peer or carrier", "сбой удалённой стороны или оператора" } },
	{ "@routing", "404 416 420 482 483 484 502 604", "",
	  { "loops and wrong routes", "петли и неверные маршруты" } },
	{ "@media", "415 488 606", "",
	  { "codec or SRTP mismatch", "несовпадение кодеков или SRTP" } },
	{ "@stirshaken", "428 436 437 438", "",
	  { "signed caller identity (RFC 8224)",
	    "подписанная идентификация вызывающего (RFC 8224)" } },
	{ "@seer_ok", "2xx 480 486 600 603", "",
	  { "effective sessions: numerator of SEER (RFC 6076)",
	    "эффективные сессии: числитель SEER (RFC 6076)" } },
	{ "@ineffective", "408 500 503 504", "",
	  { "ineffective session attempts: ISA (RFC 6076)",
	    "неэффективные попытки: ISA (RFC 6076)" } },
};
/* clang-format on */

const size_t codes_sets_n = sizeof(codes_sets) / sizeof(codes_sets[0]);

const struct code_set *
codes_all_sets(size_t *ret_n)
{
	*ret_n = codes_sets_n;
	return codes_sets;
}

const struct code_set *
codes_set_find(struct sv_str name)
{
	for (size_t i = 0; i < codes_sets_n; i++) {
		struct sv_str have = str_of(codes_sets[i].name);
		if (str_ieq(name, have) ||
		    (have.ptr[0] == '@' && str_ieq(name, str_from(have, 1))))
			return &codes_sets[i];
	}
	return NULL;
}

bool
codes_set_has(const struct code_set *set, uint16_t code)
{
	struct sv_str left = str_of(set->codes);

	while (left.len) {
		uint64_t number = 0;
		size_t used = str_take_u64(left, &number);
		struct sv_str after = str_from(left, used);
		bool whole_class = str_starts(after, SV_STR("xx"));
		if (whole_class ? code / 100u == number : code == number)
			return true;
		left = str_trim(str_from(after, whole_class ? 2 : 0));
	}
	return false;
}
