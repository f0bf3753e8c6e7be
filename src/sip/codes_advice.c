/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to check: by the cause, and for common codes in their own words, with what an
 * Asterisk log shows of them.
 */
#include "sip/codes_data.h"

/* clang-format off */
const struct code_category codes_categories[] = {
	{ "account-conflict",
	  { "The account or number is in use twice.",
	    "Учётная запись или номер используется дважды." },
	  { "two devices with the same account; an old registration that has not "
	    "expired",
	    "два устройства с одной учётной записью; прежняя регистрация, срок "
	    "которой не истёк" } },
	{ "account-disabled",
	  { "The account is switched off.", "Учётная запись отключена." },
	  { "the account's state at the operator or in the PBX",
	    "состояние учётной записи у оператора или в АТС" } },
	{ "account-missing",
	  { "The account is unknown or not registered.",
	    "Учётная запись неизвестна или не зарегистрирована." },
	  { "user name and domain of the trunk or phone; its registration; From "
	    "user when the call is sent",
	    "имя пользователя и домен транка или телефона; его регистрация; "
	    "пользователь в заголовке From" } },
	{ "acl",
	  { "Not allowed for this address or identity.",
	    "Для этого адреса или идентификатора не разрешено." },
	  { "address lists (ACL, permit and deny), rights of the account, anonymous "
	    "calls, privacy settings",
	    "списки адресов (ACL, permit/deny), права учётной записи, анонимные "
	    "вызовы, настройки приватности" } },
	{ "busy",
	  { "The called end is busy.", "Вызываемая сторона занята." },
	  { "the phone (do-not-disturb, call waiting off, all lines used), the "
	    "channel limit of the trunk",
	    "телефон (режим «не беспокоить», отключено ожидание вызова, заняты все "
	    "линии), лимит каналов транка" } },
	{ "cancelled",
	  { "The caller gave up.", "Вызывающая сторона отменила вызов." },
	  { "nothing, unless calls end after the same time: then the ring timeout",
	    "ничего; если вызовы обрываются через одно и то же время, проверьте "
	    "тайм-аут вызова" } },
	{ "challenge",
	  { "A normal request for credentials.", "Обычный запрос учётных данных." },
	  { "nothing, if the request is then repeated with credentials and accepted",
	    "ничего, если затем запрос повторён с учётными данными и принят" } },
	{ "codec",
	  { "No codec or media setting in common.",
	    "Нет общего кодека или параметров медиа." },
	  { "the codec lists of both ends, SRTP on one side only, video or T.38 "
	    "offered to an end without it",
	    "списки кодеков обеих сторон, SRTP только с одной стороны, предложение "
	    "видео или T.38 тому, кто их не поддерживает" } },
	{ "credentials",
	  { "Credentials or identity were refused.",
	    "Учётные данные или идентификация отклонены." },
	  { "password, authentication user name and realm; the clock (nonce "
	    "lifetime); certificates of STIR",
	    "пароль, имя для аутентификации и realm; часы (срок жизни nonce); "
	    "сертификаты STIR" } },
	{ "database",
	  { "The database behind the switch failed.",
	    "Сбой базы данных за коммутатором." },
	  { "the operator's or your own user database, its connection and load",
	    "база данных оператора или своя: соединение и нагрузка" } },
	{ "declined",
	  { "The callee does not want the call.",
	    "Абонент не желает принимать вызов." },
	  { "block lists of the callee, caller number presented, labelling as spam",
	    "чёрные списки абонента, передаваемый номер, пометка «спам»" } },
	{ "funds",
	  { "The balance is too low.", "Недостаточно средств на счёте." },
	  { "the balance of the account at the operator",
	    "баланс счёта у оператора" } },
	{ "gateway",
	  { "A gateway further on gave a bad answer.",
	    "Некорректный ответ шлюза дальше по пути." },
	  { "the next hop behind the peer; ask the operator with Call-ID and time",
	    "следующий узел за этим пиром; обратитесь к оператору, указав Call-ID и "
	    "время" } },
	{ "license",
	  { "No licence left.", "Закончились лицензии." },
	  { "the number of licences and of registered devices on the switch",
	    "число лицензий и зарегистрированных устройств на коммутаторе" } },
	{ "media-address",
	  { "The media address cannot be reached from outside.",
	    "Адрес медиа недоступен извне." },
	  { "NAT settings: external media address, local networks, STUN",
	    "настройки NAT: внешний адрес медиа, локальные сети, STUN" } },
	{ "no-route",
	  { "No route or gateway for the destination.",
	    "Нет маршрута или шлюза для этого направления." },
	  { "the routing table or dial plan, gateways of the route and their state, "
	    "DNS",
	    "таблица маршрутизации или диалплан, шлюзы маршрута и их состояние, "
	    "DNS" } },
	{ "number-invalid",
	  { "The number is wrong or not known.", "Номер неверен или неизвестен." },
	  { "number format (country code, prefix, length), dial plan, ported "
	    "numbers",
	    "формат номера (код страны, префикс, длина), диалплан, перенесённые "
	    "номера" } },
	{ "other",
	  { "The cause is not told.", "Причина не названа." },
	  { "the phrase and a Reason header in a trace; ask the peer",
	    "фразу и заголовок Reason в трассировке; уточните у удалённой стороны" } },
	{ "overload",
	  { "The server has no capacity now.", "У сервера сейчас нет ресурсов." },
	  { "load and channel limits of the peer, maintenance announcements, "
	    "whether calls fail over",
	    "нагрузку и лимит каналов пира, объявления о работах, срабатывает ли "
	    "резервный маршрут" } },
	{ "progress",
	  { "The request is being worked on.", "Запрос обрабатывается." },
	  { "nothing", "ничего" } },
	{ "protocol",
	  { "The request does not suit the other side.",
	    "Запрос не подходит удалённой стороне." },
	  { "a trace of the request; the extensions and timers in use; software "
	    "versions",
	    "трассировку запроса; используемые расширения и таймеры; версии ПО" } },
	{ "quota",
	  { "A quota of the tariff is used up.", "Исчерпана квота тарифа." },
	  { "the tariff's limits on calls and minutes",
	    "ограничения тарифа по числу вызовов и минут" } },
	{ "rate",
	  { "Calls come faster than allowed.", "Вызовы идут чаще, чем разрешено." },
	  { "the allowed calls per second; campaigns, redial loops, an attacker "
	    "using the trunk",
	    "разрешённое число вызовов в секунду (CPS); обзвоны, циклический "
	    "дозвон, чужое использование транка" } },
	{ "redirect",
	  { "Reachable at another address.", "Доступен по другому адресу." },
	  { "call forwarding of the callee; whether the PBX may follow redirects",
	    "переадресацию у абонента; разрешено ли АТС следовать переадресации" } },
	{ "server",
	  { "Internal error of the server.", "Внутренняя ошибка сервера." },
	  { "the log of the server that answered, at that second",
	    "журнал ответившего сервера за эту секунду" } },
	{ "success",
	  { "Done.", "Выполнено." },
	  { "nothing", "ничего" } },
	{ "tariff",
	  { "Not part of the tariff.", "Не входит в тарифный план." },
	  { "the tariff plan: destinations and settings it includes",
	    "тарифный план: какие направления и настройки он включает" } },
	{ "timeout",
	  { "Nobody answered in time.", "Ответ не получен вовремя." },
	  { "reachability (ping, qualify), firewall and NAT on the path, DNS, "
	    "retransmissions in a trace",
	    "доступность (ping, qualify), межсетевой экран и NAT на пути, DNS, "
	    "повторные передачи в трассировке" } },
	{ "unreachable",
	  { "The other end cannot be reached now.",
	    "Удалённая сторона сейчас недоступна." },
	  { "the registration of the callee, do-not-disturb, the network connection "
	    "of the device",
	    "регистрацию абонента, режим «не беспокоить», подключение устройства к "
	    "сети" } },
	{ "worker-down",
	  { "The worker that serves the account is off.",
	    "Отключён рабочий процесс, обслуживающий учётную запись." },
	  { "the state of the worker at the operator; it comes back after a restart",
	    "состояние рабочего процесса у оператора; после перезапуска он "
	    "восстанавливается" } },
};
/* clang-format on */

const size_t codes_categories_n =
	sizeof(codes_categories) / sizeof(codes_categories[0]);

/* clang-format off */
const struct code_advice codes_advice[] = {
	{ 400,
	  { "a trace of the request (long headers, bad characters in names); "
	    "scanners send broken packets too",
	    "трассировку запроса (длинные заголовки, недопустимые символы в "
	    "именах); битые пакеты шлют и сканеры" },
	  "pjsip set logger on; sip set debug on" },
	{ 401,
	  { "nothing if it is answered; else password, authentication user and "
	    "realm, the clock, an ALG that rewrites SIP",
	    "ничего, если далее следует ответ с паролем; иначе пароль, имя для "
	    "аутентификации и realm, часы, SIP ALG на маршрутизаторе" },
	  "failed for … - Wrong password; SECURITY ChallengeSent, InvalidPassword" },
	{ 403,
	  { "from outside: who tries what (attack or wrong settings); from a trunk: "
	    "balance, caller number, barred destination, registration",
	    "входящий: кто и что пытается делать (атака или ошибка настройки); от "
	    "транка: баланс, номер вызывающего, запрет направления, регистрация" },
	  "Received response: \"Forbidden\" from; Forbidden - wrong password on authentication" },
	{ 404,
	  { "the dialled number and the dial plan context; from outside: a scan for "
	    "extensions",
	    "набранный номер и контекст диалплана; входящие извне: перебор "
	    "внутренних номеров" },
	  "rejected because extension not found in context" },
	{ 407,
	  { "nothing if it is answered; else credentials of the trunk (user, "
	    "password, realm)",
	    "ничего, если далее следует ответ с паролем; иначе учётные данные "
	    "транка (имя, пароль, realm)" },
	  "Failed to authenticate on INVITE to" },
	{ 408,
	  { "reachability of the peer (ping, qualify), firewall or NAT that drops "
	    "the answer, DNS, wrong port or transport",
	    "доступность пира (ping, qualify), межсетевой экран или NAT, теряющий "
	    "ответ, DNS, неверный порт или транспорт" },
	  "Retransmission timeout reached on transmission; is now UNREACHABLE" },
	{ 423,
	  { "the expiry of the client: raise it to the value of Min-Expires",
	    "срок регистрации у клиента: увеличьте до значения Min-Expires" },
	  NULL },
	{ 480,
	  { "whether the callee is registered; do-not-disturb; ring timeout; "
	    "carriers also send it for balance, tariff and routing: see the phrase",
	    "зарегистрирован ли абонент; режим «не беспокоить»; тайм-аут вызова; "
	    "операторы шлют этот код и из-за баланса, тарифа, маршрутизации: "
	    "смотрите фразу" }, "DIALSTATUS CHANUNAVAIL or NOANSWER" },
	{ 482,
	  { "dial plans and routes of both sides that send the call back to each "
	    "other",
	    "диалпланы и маршруты обеих сторон, отправляющие вызов друг другу "
	    "обратно" }, "Got 482 (loop detected)" },
	{ 483,
	  { "dial plans and routes that send the call in a circle; Max-Forwards",
	    "диалпланы и маршруты, по которым вызов ходит по кругу; Max-Forwards" },
	  NULL },
	{ 484,
	  { "number length and prefix; overlap dialling set on one side only",
	    "длину номера и префикс; набор с перекрытием (overlap), включённый "
	    "только с одной стороны" }, NULL },
	{ 486,
	  { "the phone (do-not-disturb, call waiting off, all lines used), the "
	    "channel limit of the trunk, one number called by many, a scanner that "
	    "rings everybody",
	    "телефон (режим «не беспокоить», отключено ожидание вызова, заняты все "
	    "линии), лимит каналов транка, массовые вызовы на один номер, сканер, "
	    "обзванивающий всех" },
	  "is busy; busy counter \"1:1/0/0\"; DIALSTATUS BUSY" },
	{ 487,
	  { "nothing; if calls end after the same time, the ring timeout",
	    "ничего; если вызовы обрываются через одно и то же время — тайм-аут "
	    "вызова" }, "DIALSTATUS CANCEL" },
	{ 488,
	  { "codec lists of both ends, SRTP on one side only, T.38 or video, a "
	    "private address in the SDP",
	    "списки кодеков обеих сторон, SRTP только с одной стороны, T.38 или "
	    "видео, частный адрес в SDP" },
	  "No compatible codecs, not accepting this offer!" },
	{ 500,
	  { "the log of the server that answered; whether all calls or one number "
	    "fail",
	    "журнал ответившего сервера; не проходят все вызовы или один номер" },
	  "Got SIP response 500" },
	{ 503,
	  { "load and channel limits of the peer, its maintenance, whether calls "
	    "fail over; with 408: the path to it",
	    "нагрузку и лимит каналов пира, работы у оператора, резервный маршрут; "
	    "вместе с 408 — канал связи до него" },
	  "Got SIP response 503; is circuit-busy; congestion counter \"1:0/1/0\"" },
	{ 504,
	  { "the server behind the peer; DNS", "сервер за этим пиром; DNS" },
	  NULL },
	{ 603,
	  { "the phone or its user (reject key), anonymous calls, block lists; 603 "
	    "Network Blocked: analytics of the carrier",
	    "телефон или его пользователя (кнопка отбоя), анонимные вызовы, чёрные "
	    "списки; 603 Network Blocked — анализ вызовов у оператора" },
	  "Got SIP response 603" },
	{ 606,
	  { "codec lists, bandwidth and addressing of both ends",
	    "списки кодеков, полосу и адресацию обеих сторон" }, NULL },
	{ 607,
	  { "the caller number's reputation; campaigns",
	    "репутацию номера вызывающего; обзвоны" }, NULL },
	{ 608,
	  { "the address for redress in the Call-Info header of the response",
	    "адрес для обжалования в заголовке Call-Info ответа" }, NULL },
};
/* clang-format on */

const size_t codes_advice_n = sizeof(codes_advice) / sizeof(codes_advice[0]);
