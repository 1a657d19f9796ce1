"""What the service `postage` decides: it announces each order that was placed, and ships parcels that are not too heavy."""

GRAMS_MAX = 30_000


def why_not(name, data):
    """Why a command is none, as the code of an error; None when it is one."""
    if name != "postage.ship":
        return "COMMAND_UNKNOWN"
    grams = data.get("grams") if isinstance(data, dict) else None
    is_parcel = isinstance(grams, int) and grams > 0 and isinstance(data.get("orderId"), str)
    return None if is_parcel else "COMMAND_INPUT_INVALID"


def decide(message, version_of):
    """Events as (name, stream, data), and the outcome of a command; None for what is no command."""
    data = message["data"]
    if message["type"] == "order.Placed":
        count = version_of("counter/all") + 1
        return [("Announced", "counter/all", {"orderId": data["orderId"], "count": count})], None
    if message["type"] == "postage.ship" and message["kind"] == "command":
        if data["grams"] > GRAMS_MAX:
            return [], {"ok": False, "rejected": "TooHeavy", "data": {"gramsMax": GRAMS_MAX}}
        label = f"parcel {data['orderId']}"
        shipped = {"orderId": data["orderId"], "label": label}
        return [("Shipped", f"parcel/{data['orderId']}", shipped)], {"ok": True, "output": {"label": label}}
    return [], None
