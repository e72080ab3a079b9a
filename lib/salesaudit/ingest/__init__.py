def load(client):
    raise NotImplementedError
