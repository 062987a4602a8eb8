#!/usr/bin/env python3
"""Labelled calls with personal data: generate.py TEMPLATES POOL > CALLS

Every call of a template file becomes three: spoken without capitals or punctuation, spoken with both,
and written in figures. A value is {KIND}, {KIND:part} or {KIND2} for a second one; all are made up.
In the output {TYPE|text} is personal data, everything else is none.
"""
import random
import re
import sys

ONES = "zero one two three four five six seven eight nine".split()
TEENS = ("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = ("zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
            "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth").split()
MONTHS = ("January February March April May June July August September October November December").split()
NATO = ("alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec "
        "romeo sierra tango uniform victor whiskey xray yankee zulu").split()
POOLS = {
    "tune": {
        "given": "Sarah John Margaret Luis Priya Kevin Emily Ahmed Rachel Tom Hannah Diego Wei Fatima Oliver "
                 "Natalie Brian Chloe Samuel Isabella".split(),
        "surname": "Thompson Garcia Nguyen Patel Kowalski O'Brien Johnson Fernandez Schmidt Okafor Bennett Murphy "
                   "Castellano Whitfield Hernandez Lindqvist Carter Yamamoto Donnelly Petrov".split(),
        "street": "Elm Maple Washington Oak Cedar Riverside Lincoln Willow Park Sunset".split(),
        "suffix": "Street Avenue Road Drive Lane Boulevard".split(),
        "city": [("Austin", "Texas", "TX"), ("Denver", "Colorado", "CO"), ("Portland", "Oregon", "OR"),
                 ("Columbus", "Ohio", "OH"), ("San Diego", "California", "CA")],
        "mailbox": "gmail yahoo outlook hotmail icloud".split(),
        "host": "riverbank brightside northwind".split(),
        "word": "bluebird sunflower tigerlily rainmaker".split(),
    },
    "heldout": {
        "given": "Laura William Niamh Alejandro Kavya Sean Michelle Tariq Susan Daniel Florence Miguel Ying Noor "
                 "Lillian Andre Paula Evie Walter Camila".split(),
        "surname": "Wilson Vargas Le Reddy Zielinski Kennedy Harris Navarro Hoffman Eze Campbell Brennan Ricci "
                   "Ashworth Mendoza Larsson Stewart Kobayashi Donovan Sokolov".split(),
        "street": "Aspen Laurel Adams Beech Mulberry Valley Harrison Primrose Mill Garden".split(),
        "suffix": "Street Avenue Road Drive Lane Boulevard Court".split(),
        "city": [("Houston", "Texas", "TX"), ("Memphis", "Tennessee", "TN"), ("Omaha", "Nebraska", "NE"),
                 ("Cleveland", "Ohio", "OH"), ("Santa Fe", "New Mexico", "NM")],
        "mailbox": "gmail yahoo outlook protonmail aol".split(),
        "host": "greenfield blueridge westbrook".split(),
        "word": "waterfall gooseberry firefly cinnamon".split(),
    },
    "tune3": {
        "given": "Amanda Robert Aoife Javier Deepika Patrick Stephanie Omar Karen Joshua Eleanor Rafael Ling Zainab "
                 "Victoria Marcus Donna Ruby Harold Valentina".split(),
        "surname": "Davis Morales Pham Gupta Nowak McCarthy Robinson Ortega Becker Balogun Phillips Doherty Esposito "
                   "Pemberton Castillo Nilsson Edwards Suzuki Callahan Volkov".split(),
        "street": "Spruce Hickory Franklin Poplar Sycamore Meadow Monroe Juniper Station Orchard".split(),
        "suffix": "Street Avenue Road Drive Boulevard Circle Terrace".split(),
        "city": [("Atlanta", "Georgia", "GA"), ("Chicago", "Illinois", "IL"), ("Tucson", "Arizona", "AZ"),
                 ("Charlotte", "North Carolina", "NC"), ("Salt Lake City", "Utah", "UT")],
        "mailbox": "gmail yahoo hotmail icloud verizon".split(),
        "host": "fairview oakwood silverline".split(),
        "word": "lighthouse strawberry dragonfly snowflake".split(),
    },
    "tune2": {
        "given": "Jessica Michael Siobhan Carlos Anjali Gregory Melissa Yusuf Deborah Nathan Beatrice Mateo Mei Leila "
                 "Charlotte Vincent Brenda Zoe Theodore Gabriela".split(),
        "surname": "Williams Ramirez Tran Sharma Wojcik McDonald Anderson Delgado Mueller Adeyemi Sullivan Gallagher "
                   "Romano Hargreaves Vasquez Bergstrom Mitchell Tanaka Fitzgerald Ivanov".split(),
        "street": "Pine Birch Jefferson Walnut Chestnut Lakeview Madison Magnolia Church Highland".split(),
        "suffix": "Street Avenue Road Court Lane Place Way".split(),
        "city": [("Boston", "Massachusetts", "MA"), ("Seattle", "Washington", "WA"), ("Phoenix", "Arizona", "AZ"),
                 ("Nashville", "Tennessee", "TN"), ("Grand Rapids", "Michigan", "MI")],
        "mailbox": "gmail yahoo aol outlook comcast".split(),
        "host": "stonegate clearwater hillcrest".split(),
        "word": "moonlight cloudberry pineapple thunderbird".split(),
    },
}
LABELS = {"CARD": "CREDIT_DEBIT_NUMBER", "CVV": "CREDIT_DEBIT_CVV", "EXP": "CREDIT_DEBIT_EXPIRY",
          "ACCT": "BANK_ACCOUNT_NUMBER", "ROUTE": "BANK_ROUTING", "SORT": "BANK_ROUTING", "PIN": "PIN", "SSN": "SSN",
          "PHONE": "PHONE", "EMAIL": "EMAIL", "DOB": "DATE_OF_BIRTH", "DATE": "DATE", "NAME": "NAME",
          "FIRST": "NAME", "LAST": "NAME", "SPELL": "NAME", "ADDR": "ADDRESS", "STREET": "ADDRESS",
          "CITYZIP": "ADDRESS", "ZIP": "ADDRESS", "PASSPORT": "PASSPORT_NUMBER", "DL": "DRIVER_ID",
          "PLATE": "LICENSE_PLATE", "VIN": "VEHICLE_IDENTIFICATION_NUMBER", "IBAN": "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
          "NINO": "NATIONAL_ID", "MRN": "MEDICAL_RECORD", "USER": "USERNAME", "PASS": "PASSWORD",
          "IP": "IP_ADDRESS", "AGE": "AGE"}


def two(n):
    """0 … 99 in words."""
    if n < 10:
        return ONES[n]
    if n < 20:
        return TEENS[n - 10]
    return TENS[n // 10] + ("" if n % 10 == 0 else " " + ONES[n % 10])


def ordinal(n):
    if n <= 20:
        return ORDINALS[n]
    return ("thirtieth" if n == 30 else TENS[n // 10] + " " + ORDINALS[n % 10])


def figure_ordinal(n):
    return f"{n}{'th' if 10 < n < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def year_words(year, rng):
    if 2000 <= year < 2010:
        return rng.choice([f"two thousand and {ONES[year % 10]}", f"two thousand {ONES[year % 10]}"]) \
            if year > 2000 else "two thousand"
    high, low = divmod(year, 100)
    return two(high) + " " + ("oh " + ONES[low] if 0 < low < 10 else two(low) if low else "hundred")


class Call:
    """The values of one call, in one of three forms."""

    def __init__(self, rng, pool, form):
        self.rng, self.pool, self.form, self.values = rng, pool, form, {}

    def digits(self, count):
        return "".join(self.rng.choice("0123456789") for _ in range(count))

    # ---- numbers in words ----

    def say(self, digits, groups=None):
        """Digits in one of the manners in which people say them."""
        if groups is None:
            groups = [digits]
        zero = self.rng.choice(["zero", "oh"])
        manner = self.rng.random()
        said = []
        for group in groups:
            words, i = [], 0
            while i < len(group):
                run = 1
                while i + run < len(group) and group[i + run] == group[i] and run < 3:
                    run += 1
                word = zero if group[i] == "0" else ONES[int(group[i])]
                if run > 1 and manner < 0.35:
                    words.append({2: "double", 3: "triple"}[run] + " " + word)
                    i += run
                elif manner > 0.8 and len(group) % 2 == 0 and i % 2 == 0 and group[i] != "0":
                    words.append(two(int(group[i:i + 2])))
                    i += 2
                else:
                    words.append(word)
                    i += 1
            said.append(" ".join(words))
        return (", " if self.form == "cased" and len(groups) > 1 else " ").join(said)

    def number(self, digits, groups=None, joint="-"):
        if self.form != "figures":
            return self.say(digits, groups)
        return self.rng.choice([joint, " "]).join(groups) if groups and self.rng.random() < 0.7 else digits

    # ---- values ----

    def make(self, kind):
        rng, pool = self.rng, self.pool
        if kind == "CARD":
            return self.make_card()
        if kind == "EXP":
            return (rng.randint(1, 12), rng.randint(26, 32))
        if kind in ("DOB", "DATE"):
            year = rng.randint(1941, 2004) if kind == "DOB" else rng.randint(2023, 2026)
            return (rng.randint(1, 28), rng.randint(1, 12), year)
        if kind == "ROUTE":
            body = rng.choice(["02", "06", "11", "12", "31"]) + self.digits(6)
            total = sum(w * int(d) for w, d in zip([3, 7, 1] * 3, body))
            return body + str(-total % 10)
        lengths = {"CVV": 3, "ACCT": rng.choice([8, 10, 11, 12]), "SORT": 6, "PIN": 4, "ORDER": rng.choice([5, 6, 7, 8]),
                   "MRN": rng.choice([6, 7, 8]), "ROOM": 3, "FLIGHT": 4}
        if kind in lengths:
            return str(rng.randint(1, 9)) + self.digits(lengths[kind] - 1)
        if kind == "SSN":
            return str(rng.randint(1, 7)) + self.digits(8)
        if kind == "PHONE":
            return str(rng.randint(2, 9)) + self.digits(2) + str(rng.randint(2, 9)) + self.digits(6)
        if kind == "NAME":
            return (rng.choice(pool["given"]), rng.choice(pool["surname"]))
        if kind == "FIRST":
            return rng.choice(pool["given"])
        if kind in ("LAST", "SPELL"):
            return rng.choice(pool["surname"])
        if kind in ("ADDR", "STREET", "CITYZIP"):
            return (rng.randint(2, 99) if rng.random() < 0.5 else rng.randint(101, 9899), rng.choice(pool["street"]),
                    rng.choice(pool["suffix"]), rng.choice(pool["city"]), str(rng.randint(1, 9)) + self.digits(4))
        if kind == "ZIP":
            return str(rng.randint(1, 9)) + self.digits(4)
        if kind == "EMAIL":
            return (rng.choice(pool["given"]).lower(), rng.choice(pool["surname"]).lower().replace("'", ""),
                    rng.randint(1, 99), rng.choice(pool["mailbox"]), rng.choice(pool["host"]), rng.randint(0, 4))
        if kind in ("PASSPORT", "DL", "PLATE", "NINO", "VIN", "IBAN"):
            return self.make_code(kind)
        if kind == "USER":
            return rng.choice(pool["given"]).lower()[0] + rng.choice(pool["surname"]).lower().replace("'", ""), \
                rng.randint(2, 99)
        if kind == "PASS":
            return rng.choice(pool["word"]), rng.randint(10, 99)
        if kind == "IP":
            return [rng.choice([10, 192, 172, 84]), rng.randint(1, 250), rng.randint(0, 99), rng.randint(1, 250)]
        if kind == "AGE":
            return rng.randint(21, 88)
        if kind == "YEAR":
            return rng.randint(1985, 2025)
        if kind == "MONEY":
            return rng.randint(5, 99), rng.randint(1, 99)
        if kind == "QTY":
            return rng.randint(2, 60)
        if kind == "TIME":
            return rng.randint(1, 12), rng.choice([0, 15, 30, 45])
        raise KeyError(kind)

    def make_card(self):
        rng = self.rng
        start = rng.choice(["4", "4", "51", "54", "37", "6011"])
        length = 15 if start == "37" else 16
        body = start + self.digits(length - 1 - len(start))
        total = 0
        for i, d in enumerate(reversed(body)):
            v = int(d) * (2 if i % 2 == 0 else 1)
            total += v - 9 if v > 9 else v
        last = -total % 10
        if rng.random() < 0.2:
            last = (last + 3) % 10  # as a recogniser mishears one
        return body + str(last)

    def make_code(self, kind):
        rng = self.rng

        def letters(n):
            return "".join(rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(n))
        if kind == "PASSPORT":
            return rng.choice([letters(1) + self.digits(8), self.digits(9)])
        if kind == "DL":
            return letters(1) + self.digits(rng.choice([7, 8, 12]))
        if kind == "PLATE":
            return rng.choice([letters(3) + self.digits(4), str(rng.randint(1, 9)) + letters(3) + self.digits(3),
                               letters(2) + self.digits(2) + letters(3)])
        if kind == "NINO":
            return letters(2) + self.digits(6) + rng.choice("ABCD")
        if kind == "VIN":
            return "1HGCM82633A" + self.digits(6)
        body = letters(4) + self.digits(14)
        number = "".join(str(int(c, 36)) for c in body + "GB00")
        return f"GB{98 - int(number) % 97:02d}" + body

    # ---- their forms ----

    def show(self, kind, part):
        key = kind
        base = kind.rstrip("23")
        if key not in self.values:
            self.values[key] = self.make(base)
        return getattr(self, "show_" + base.lower(), self.show_number)(self.values[key], part)

    def show_number(self, value, part):
        if part == "last4":
            return self.number(value[-4:])
        if part and part.isdigit():
            size = (len(value) + 2) // 3 if len(value) < 13 else 4
            return self.number(value[(int(part) - 1) * size:int(part) * size])
        if part == "rest":
            return self.number(value[len(value) // 2:])
        if part == "start":
            return self.number(value[:len(value) // 2])
        return self.number(value)

    def show_card(self, value, part):
        groups = [value[:4], value[4:8], value[8:12], value[12:]] if len(value) == 16 else \
            [value[:4], value[4:10], value[10:]]
        if part == "last4":
            return self.number(value[-4:])
        if part == "2to3":
            return self.number("".join(groups[1:3]), groups[1:3])
        if part and part.isdigit():
            return self.number(groups[int(part) - 1] if int(part) <= len(groups) else value[-3:])
        return self.number(value, groups)

    def show_ssn(self, value, part):
        if part == "last4":
            return self.number(value[-4:])
        groups = [value[:3], value[3:5], value[5:]]
        if part:
            return self.number(groups[int(part) - 1])
        return self.number(value, groups)

    def show_phone(self, value, part):
        groups = [value[:3], value[3:6], value[6:]]
        if part:
            return self.number("".join(groups[int(part) - 1:int(part) + (part == "1")]) if part == "1" else groups[2])
        if self.form == "figures" and self.rng.random() < 0.3:
            return f"({groups[0]}) {groups[1]}-{groups[2]}"
        return self.number(value, groups)

    def show_sort(self, value, part):
        return self.number(value, [value[:2], value[2:4], value[4:]])

    def show_exp(self, value, part):
        month, year = value
        rng = self.rng
        if self.form == "figures":
            return rng.choice([f"{month:02d}/{year}", f"{month:02d}/20{year}", f"{MONTHS[month - 1]} 20{year}"])
        name = MONTHS[month - 1]
        digits = ("oh " if month < 10 else "") + two(month)
        return rng.choice([f"{digits} {two(year)}", f"{name} twenty {two(year)}", f"{digits} slash {two(year)}",
                           f"{name} of twenty {two(year)}"])

    def show_dob(self, value, part):
        day, month, year = value
        rng = self.rng
        name = MONTHS[month - 1]
        if self.form == "figures":
            return rng.choice([f"{month:02d}/{day:02d}/{year}", f"{name} {day}, {year}", f"{day} {name} {year}",
                               f"{name} {figure_ordinal(day)}, {year}", f"{month}-{day}-{year % 100:02d}"])
        said = year_words(year, rng)
        if part == "digits":
            return f"{two(month)} {two(day)} {said}"
        return rng.choice([f"{name} {ordinal(day)} {said}", f"{name} the {ordinal(day)} {said}",
                           f"the {ordinal(day)} of {name} {said}", f"{name} {two(day)} {said}"])

    def show_date(self, value, part):
        day, month, year = value
        name = MONTHS[month - 1]
        if self.form == "figures":
            return self.rng.choice([f"{name} {day}", f"{name} {figure_ordinal(day)}", f"{name} {day}, {year}",
                                    f"{month:02d}/{day:02d}/{year}"])
        return self.rng.choice([f"{name} {ordinal(day)}", f"the {ordinal(day)} of {name}",
                                f"{name} {ordinal(day)} {year_words(year, self.rng)}"])

    def show_name(self, value, part):
        return value[0] if part == "first" else value[1] if part == "last" else f"{value[0]} {value[1]}"

    def show_first(self, value, part):
        return value

    show_last = show_first

    def show_spell(self, value, part):
        letters = [c for c in value.upper() if c.isalpha()]
        if part == "nato":
            return " ".join(f"{c if self.form != 'bare' else c.lower()} as in {NATO[ord(c) - 65]}" for c in letters)
        out, i = [], 0
        while i < len(letters):
            if i + 1 < len(letters) and letters[i] == letters[i + 1] and self.rng.random() < 0.5:
                out.append("double " + letters[i])
                i += 2
            else:
                out.append(letters[i])
                i += 1
        return ("-" if self.form == "figures" and "double" not in " ".join(out) else " ").join(out)

    def house(self, number):
        if self.form == "figures":
            return str(number)
        if number < 100:
            return two(number)
        return two(number // 100) + " " + ("oh " + ONES[number % 100] if 0 < number % 100 < 10 else
                                           two(number % 100) if number % 100 else "hundred")

    def show_street(self, value, part):
        number, street, suffix, _, _ = value
        return f"{self.house(number)} {street} {suffix}"

    def show_cityzip(self, value, part):
        _, _, _, (city, state, short), zip_code = value
        if self.form == "figures":
            return f"{city}, {self.rng.choice([state, short])} {zip_code}"
        return f"{city}{',' if self.form == 'cased' else ''} {state} {self.say(zip_code)}"

    def show_addr(self, value, part):
        joint = ", " if self.form != "bare" else " "
        unit = ""
        if self.rng.random() < 0.4:
            n = self.rng.randint(1, 19)
            unit = joint + f"apartment {n if self.form == 'figures' else two(n)}"
        return self.show_street(value, part) + unit + joint + self.show_cityzip(value, part)

    def show_zip(self, value, part):
        return self.number(value)

    def show_email(self, value, part):
        given, surname, n, mailbox, host, style = value
        local = [f"{given}.{surname}", f"{given}{n}", f"{given}_{surname}", f"{given[0]}{surname}", f"{surname}{n}"][style]
        domain = f"{mailbox}.com" if n % 3 else f"{host}.{'org' if n % 2 else 'co.uk'}"
        if self.form == "figures":
            return f"{local}@{domain}"
        spoken = re.sub(r"\d+", lambda m: " " + two(int(m.group())), local)
        if style == 3:
            spoken = given[0] + " " + surname
        spoken = spoken.replace(".", " dot ").replace("_", " underscore ")
        return f"{spoken} at {domain.replace('.', ' dot ')}"

    def spelled_code(self, value):
        if self.form == "figures":
            return value
        out = []
        for c in value:
            if c.isdigit():
                out.append(ONES[int(c)] if c != "0" else self.rng.choice(["zero", "oh"]))
            elif self.rng.random() < 0.25:
                out.append(NATO[ord(c) - 65])
            else:
                out.append(c)
        return " ".join(out)

    def show_passport(self, value, part):
        return self.spelled_code(value)

    show_dl = show_plate = show_vin = show_nino = show_passport

    def show_iban(self, value, part):
        if self.form == "figures" and self.rng.random() < 0.6:
            return " ".join(value[i:i + 4] for i in range(0, len(value), 4))
        return self.spelled_code(value)

    def show_user(self, value, part):
        return value[0] + (str(value[1]) if self.form == "figures" else " " + two(value[1]))

    def show_pass(self, value, part):
        return value[0] + (str(value[1]) if self.form == "figures" else " " + two(value[1]))

    def show_ip(self, value, part):
        if self.form == "figures":
            return ".".join(map(str, value))
        return " dot ".join(self.say(str(n)) if n > 99 else two(n) for n in value)

    def show_age(self, value, part):
        return str(value) if self.form == "figures" else two(value)

    def show_year(self, value, part):
        return str(value) if self.form == "figures" else year_words(value, self.rng)

    def show_money(self, value, part):
        dollars, cents = value
        if self.form == "figures":
            return f"${dollars}.{cents:02d}"
        return self.rng.choice([f"{two(dollars)} dollars", f"{two(dollars)} dollars and {two(cents)} cents"])

    def show_qty(self, value, part):
        return str(value) if self.form == "figures" else two(value)

    def show_time(self, value, part):
        hour, minute = value
        if self.form == "figures":
            return f"{hour}:{minute:02d} {self.rng.choice(['am', 'pm'])}"
        return two(hour) + (" " + two(minute) if minute else " o'clock")


def render(line, call):
    def put(match):
        kind, _, part = match.group(1).partition(":")
        text = call.show(kind, part)
        base = kind.rstrip("23")
        if call.form == "bare":
            text = text.lower()
        return "{" + LABELS[base] + "|" + text + "}" if base in LABELS else text
    speaker, text = line.split(": ", 1)
    if call.form == "bare":
        # outside of braces
        text = re.sub(r"(\{[^}]*\})|([^{]+)",
                      lambda m: m.group(1) or re.sub(r"[.,?!;:]", "", m.group(2).lower()).replace("-", " "), text)
    return f"{speaker}|{re.sub(r'{([^}]*)}', put, text)}"


def main(templates, pool):
    rng = random.Random(pool)
    with open(templates, encoding="utf-8") as file:
        calls = [c.splitlines() for c in file.read().strip().split("\n\n")]
    calls = [[line for line in call if not line.startswith("#")] for call in calls]
    for form in ("bare", "cased", "figures"):
        for lines in calls:
            call = Call(rng, POOLS[pool], form)
            for line in lines:
                print(render(line, call))
            print()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
